#!/bin/sh
exec node tests/browser/worker.mjs "$1"
