# day.sh BUILD: the whole demo, as a test.
BUILD=$1
. tests/e2e/lib.sh

if tests/e2e/demo "$BUILD" >"$HERE/demo.out" 2>&1; then
    echo "ok - one_day_in_two_orders_ends_the_same_on_two_servers"
else
    echo "not ok - one_day_in_two_orders_ends_the_same_on_two_servers"
    tail -40 "$HERE/demo.out"
fi
