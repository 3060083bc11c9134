#!/bin/sh
exec node tests/browser/trouble.mjs "$1"
