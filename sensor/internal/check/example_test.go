package check_test

import (
	"fmt"

	"github.com/brinkml/brink/sensor/internal/check"
)

func ExampleOptions() {
	c := check.Options{Chip: "lps25h"}
	c.Number("pressure average", 16, []int{8, 32, 128, 512}, "8, 32, 128 or 512")
	c.Addr("address", 0x5C, 0x5C, 0x5D)
	fmt.Println(c.Err())
	// Output:
	// sensor: lps25h: pressure average is 16, want 8, 32, 128 or 512
}
