#!/bin/sh
exec node tests/browser/access.mjs "$1"
