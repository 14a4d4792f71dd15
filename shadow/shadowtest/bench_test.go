package shadowtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/brinkml/brink/shadow/shadowtest"
)

// A report of one field into a document of 2 KB, in memory and on the disk.
func BenchmarkUpdate(b *testing.B) {
	for _, where := range []string{"memory", "disk"} {
		b.Run(where, func(b *testing.B) {
			svc := shadowtest.New(nil)
			if where == "disk" {
				var err error
				if svc, err = shadowtest.Open(b.TempDir(), nil); err != nil {
					b.Fatal(err)
				}
				defer svc.Close()
			}
			var fields []string
			for i := range 60 {
				fields = append(fields, fmt.Sprintf(`"field%d":{"value":%d,"unit":"K"}`, i, i))
			}
			if err := svc.SetReported("hub", "", raw("{"+strings.Join(fields, ",")+"}")); err != nil {
				b.Fatal(err)
			}
			for i := 0; b.Loop(); i++ {
				if err := svc.SetReported("hub", "", fmt.Appendf(nil, `{"field7":{"value":%d}}`, i)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A folder of a thousand shadows.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	svc, err := shadowtest.Open(dir, nil)
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		if err := svc.SetReported(fmt.Sprintf("hub-%d", i), "", raw(`{"temp":20.5,"unit":"C","list":[1,2,3]}`)); err != nil {
			b.Fatal(err)
		}
	}
	if err := svc.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		svc, err := shadowtest.Open(dir, nil)
		if err != nil {
			b.Fatal(err)
		}
		svc.Close()
	}
}
