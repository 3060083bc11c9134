#!/bin/sh
exec node tests/browser/desk.mjs "$1"
