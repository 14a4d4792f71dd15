package crashfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"github.com/brinkml/brink/internal/durable/crashfs"
)

func Example() {
	fsys := crashfs.New(1)
	if err := fsys.MkdirAll("/data"); err != nil {
		fmt.Println(err)
		return
	}
	f, err := fsys.Create("/data/log")
	if err != nil {
		fmt.Println(err)
		return
	}
	f.WriteAt([]byte("kept"), 0)
	f.Sync()
	fsys.SyncDir("/data")
	fsys.CrashAt(1)
	_, err = f.WriteAt([]byte("lost"), 4)
	fmt.Println(err)

	fsys = fsys.Reboot()
	f, err = fsys.Open("/data/log")
	if err != nil {
		fmt.Println(err)
		return
	}
	b := make([]byte, 4)
	f.ReadAt(b, 0)
	fmt.Printf("%s\n", b)
	// Output:
	// crashfs: power is off
	// kept
}

// Everything that the model says may happen does happen for some seed, and
// nothing that is synced is ever touched.
func TestOutcomes(t *testing.T) {
	old, fresh := bytes.Repeat([]byte{1}, 2048), bytes.Repeat([]byte{2}, 2048)
	torn, whole, none, nameLost, bothNames := 0, 0, 0, 0, 0
	for seed := range uint64(500) {
		fsys := crashfs.New(seed)
		fsys.MkdirAll("/d")
		f, _ := fsys.Create("/d/f")
		f.WriteAt(old, 0)
		f.Sync()
		fsys.SyncDir("/d")
		f.WriteAt(fresh, 0)
		fsys.Create("/d/new")
		fsys.Rename("/d/f", "/d/g")

		names, err := fsys.Reboot().ReadDir("/d")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(names, "new") {
			nameLost++
		}
		if slices.Contains(names, "f") && slices.Contains(names, "g") {
			bothNames++
		}
	}
	for seed := range uint64(500) {
		fsys := crashfs.New(seed)
		fsys.MkdirAll("/d")
		f, _ := fsys.Create("/d/f")
		f.WriteAt(old, 0)
		f.Sync()
		fsys.SyncDir("/d")
		f.WriteAt(fresh, 0)
		fsys = fsys.Reboot()
		f, err := fsys.Open("/d/f")
		if err != nil {
			t.Fatalf("seed %d: a synced name is gone: %v", seed, err)
		}
		got := make([]byte, 2048)
		if _, err := f.ReadAt(got, 0); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		switch {
		case bytes.Equal(got, old):
			none++
		case bytes.Equal(got, fresh):
			whole++
		default:
			torn++
		}
	}
	for name, n := range map[string]int{
		"torn write": torn, "whole write": whole, "lost write": none,
		"lost name": nameLost, "half a rename": bothNames,
	} {
		if n == 0 {
			t.Errorf("%s: never seen; want some", name)
		}
	}
}

func TestSameSeedSameSurvivor(t *testing.T) {
	run := func() []byte {
		fsys := crashfs.New(7)
		fsys.MkdirAll("/d")
		f, _ := fsys.Create("/d/f")
		f.WriteAt(bytes.Repeat([]byte{1}, 8192), 0)
		f.Sync()
		fsys.SyncDir("/d")
		f.WriteAt(bytes.Repeat([]byte{2}, 8192), 0)
		fsys = fsys.Reboot()
		f, _ = fsys.Open("/d/f")
		b := make([]byte, 8192)
		f.ReadAt(b, 0)
		return b
	}
	if !bytes.Equal(run(), run()) {
		t.Error("two runs with one seed differ; want the same survivor")
	}
}

func TestCapacity(t *testing.T) {
	fsys := crashfs.New(1)
	fsys.MkdirAll("/d")
	fsys.Capacity(1000)
	f, err := fsys.Create("/d/f")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Preallocate(800); err != nil {
		t.Fatal(err)
	}
	g, err := fsys.Create("/d/g")
	if err != nil {
		t.Fatal(err)
	}
	calls := fsys.Ops()
	if err := g.Preallocate(201); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Preallocate beyond = %v; want ENOSPC", err)
	}
	if _, err := f.WriteAt(make([]byte, 300), 701); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("WriteAt beyond = %v; want ENOSPC", err)
	}
	if fsys.Used() != 800 || fsys.Ops() != calls {
		t.Errorf("%d bytes used, %d calls; want 800, %d", fsys.Used(), fsys.Ops(), calls)
	}
	if _, err := f.WriteAt(make([]byte, 300), 500); err != nil {
		t.Errorf("WriteAt within the file = %v; want nil", err)
	}
	again := fsys.Clone()
	if err := fsys.Remove("/d/f"); err != nil {
		t.Fatal(err)
	}
	if err := g.Preallocate(1000); err != nil {
		t.Errorf("Preallocate after Remove = %v; want nil", err)
	}
	if again.Used() != 800 {
		t.Errorf("the clone has %d bytes; want 800 still", again.Used())
	}
	if h, err := again.Create("/d/h"); err != nil || !errors.Is(h.Preallocate(201), syscall.ENOSPC) {
		t.Errorf("the clone has no capacity, %v; want the same", err)
	}
}

func TestFail(t *testing.T) {
	fsys := crashfs.New(1)
	fsys.MkdirAll("/d")
	f, _ := fsys.Create("/d/f")
	fsys.Fail(func(op, _ string) error {
		if op == "write" {
			return syscall.ENOSPC
		}
		return nil
	})
	if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("WriteAt = %v; want ENOSPC", err)
	}
	if size, err := f.Size(); size != 0 || err != nil {
		t.Errorf("Size() = %d, %v; want 0: a failed write has no effect", size, err)
	}
	fsys.Fail(nil)
	if _, err := f.WriteAt([]byte("x"), 0); err != nil {
		t.Errorf("WriteAt after the fault = %v; want nil", err)
	}
}
