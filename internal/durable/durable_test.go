package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
)

func ExampleAB() {
	dir, err := os.MkdirTemp("", "ab")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	name := filepath.Join(dir, "epoch")
	for range 3 {
		ab, value, err := durable.OpenAB(durable.OS{}, name)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q\n", value)
		if err := ab.Store(append(value, 'x')); err != nil {
			fmt.Println(err)
		}
		ab.Close()
	}
	// Output:
	// ""
	// "x"
	// "xx"
}

func TestOSFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	var fsys durable.OS
	if err := fsys.MkdirAll(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "f")
	if _, err := fsys.Open(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open(missing) = %v; want fs.ErrNotExist", err)
	}
	f, err := fsys.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fsys.Create(name); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create(taken) = %v; want fs.ErrExist", err)
	}
	if err := f.Preallocate(8192); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("hello"), 4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Preallocate(100); err != nil {
		t.Fatal(err)
	}
	if size, err := f.Size(); size != 8192 || err != nil {
		t.Errorf("Size() = %d, %v; want 8192: a smaller Preallocate does not shrink", size, err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 6)
	if _, err := f.ReadAt(got, 4095); err != nil || string(got) != "\x00hello" {
		t.Errorf("ReadAt = %q, %v; want zero then hello", got, err)
	}
	names, err := fsys.ReadDir(dir)
	if err != nil || len(names) != 1 || names[0] != "f" {
		t.Errorf("ReadDir = %q, %v; want [f]", names, err)
	}
}

// What the package makes is nobody else's business, and what is, is reported.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("mode bits say nothing")
	}
	top := filepath.Join(t.TempDir(), "a")
	dir := filepath.Join(top, "b")
	var fsys durable.OS
	if err := fsys.MkdirAll(dir); err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Create(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	lock, err := fsys.Lock(filepath.Join(dir, "LOCK"))
	if err != nil {
		t.Fatal(err)
	}
	lock.Close()
	for path, want := range map[string]os.FileMode{top: 0o700, dir: 0o700, filepath.Join(dir, "f"): 0o600, filepath.Join(dir, "LOCK"): 0o600} {
		if st, err := os.Stat(path); err != nil || st.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want mode %04o", path, st.Mode(), err, want)
		}
	}
	chmod := func(path string, mode os.FileMode) {
		t.Helper()
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	// Each step opens a little more; the directory above decides first.
	for i, tc := range []struct {
		path string
		mode os.FileMode
		want []string
	}{
		{top, 0o700, nil},
		{filepath.Join(dir, "f"), 0o644, nil}, // nobody gets there
		{dir, 0o755, nil},
		{top, 0o711, []string{"a", "b", "f"}},
		{dir, 0o700, []string{"a"}},
		{filepath.Join(dir, "f"), 0o620, []string{"a"}},
		{dir, 0o770, []string{"a", "b", "f"}},
	} {
		chmod(tc.path, tc.mode)
		err := durable.CheckMode(top)
		var got []string
		if err != nil {
			for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
				e, ok := errors.AsType[*durable.ModeError](err)
				if !ok {
					t.Fatal(err)
				}
				got = append(got, filepath.Base(e.Path))
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("step %d: CheckMode reports %q; want %q", i, got, tc.want)
		}
	}
	if err := durable.CheckMode(filepath.Join(dir, "f")); err == nil || !strings.Contains(err.Error(), "0620") {
		t.Errorf("CheckMode of the file = %v; want its mode", err)
	}
	if err := durable.CheckMode(filepath.Join(top, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("CheckMode of nothing = %v; want fs.ErrNotExist", err)
	}
	for i := range 40 {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		chmod(name, 0o666)
	}
	if n := len(durable.CheckMode(top).(interface{ Unwrap() []error }).Unwrap()); n != 16 {
		t.Errorf("CheckMode reports %d of 43; want 16", n)
	}
}

func TestIsFull(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, syscall.EDQUOT, &fs.PathError{Op: "write", Err: syscall.ENOSPC}} {
		if !durable.IsFull(fmt.Errorf("wrapped: %w", err)) {
			t.Errorf("IsFull(%v) = false; want true", err)
		}
	}
	if durable.IsFull(nil) || durable.IsFull(syscall.EIO) {
		t.Error("IsFull of nil or EIO = true; want false")
	}
}

func TestOSLock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "LOCK")
	first, err := durable.OS{}.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (durable.OS{}).Lock(name); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("second Lock = %v; want ErrLocked", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := durable.OS{}.Lock(name)
	if err != nil {
		t.Fatalf("Lock after Close = %v; want nil", err)
	}
	again.Close()
}

// Cut the power at every call of a series of replacements: the file always
// holds one whole version, at least the last that was confirmed.
func TestReplaceSurvivesEveryCrash(t *testing.T) {
	const versions = 6
	content := func(v int) string { return strings.Repeat(fmt.Sprint(v), 700+100*v) }
	for seed := range uint64(20) {
		for at := 1; ; at++ {
			fsys := crashfs.New(seed)
			if err := fsys.MkdirAll("/d"); err != nil {
				t.Fatal(err)
			}
			fsys.CrashAt(at)
			confirmed := 0
			for v := 1; v <= versions; v++ {
				if err := durable.Replace(fsys, "/d/f", []byte(content(v))); err != nil {
					break
				}
				confirmed = v
			}
			if confirmed == versions {
				break
			}
			fsys = fsys.Reboot()
			got, err := durable.ReadFile(fsys, "/d/f", 1<<20)
			if errors.Is(err, fs.ErrNotExist) && confirmed == 0 {
				continue
			}
			if err != nil {
				t.Fatalf("seed %d, crash at %d: %v; want version %d or %d", seed, at, err, confirmed, confirmed+1)
			}
			if s := string(got); s != content(confirmed) && s != content(confirmed+1) {
				t.Fatalf("seed %d, crash at %d: %.20q (%d bytes); want version %d or %d whole",
					seed, at, s, len(s), confirmed, confirmed+1)
			}
		}
	}
}

func TestABSurvivesEveryCrash(t *testing.T) {
	const versions = 8
	for seed := range uint64(40) {
		for at := 1; ; at++ {
			fsys := crashfs.New(seed)
			if err := fsys.MkdirAll("/d"); err != nil {
				t.Fatal(err)
			}
			fsys.CrashAt(at)
			confirmed := 0
			ab, _, err := durable.OpenAB(fsys, "/d/ab")
			for v := 1; err == nil && v <= versions; v++ {
				if err = ab.Store([]byte{byte(v)}); err == nil {
					confirmed = v
				}
			}
			if confirmed == versions {
				break
			}
			fsys = fsys.Reboot()
			ab, got, err := durable.OpenAB(fsys, "/d/ab")
			if err != nil && (confirmed > 0 || !errors.Is(err, durable.ErrDamaged)) {
				t.Fatalf("seed %d, crash at %d: %v; want version %d or %d", seed, at, err, confirmed, confirmed+1)
			}
			v := 0
			if len(got) == 1 {
				v = int(got[0])
			}
			if v != confirmed && v != confirmed+1 {
				t.Fatalf("seed %d, crash at %d: version %d; want %d or %d", seed, at, v, confirmed, confirmed+1)
			}
			if err := ab.Store([]byte("on")); err != nil {
				t.Fatalf("seed %d, crash at %d: Store after recovery = %v; want nil", seed, at, err)
			}
		}
	}
}

// A value grows beyond its file in any size of steps, and power cuts lose
// neither the old value nor the new one.
func TestABGrowsThroughCrashes(t *testing.T) {
	rooms := []int{100, 5000, 40_000}
	for seed := range uint64(20) {
		for at := 1; ; at++ {
			fsys := crashfs.New(seed)
			if err := fsys.MkdirAll("/d"); err != nil {
				t.Fatal(err)
			}
			fsys.CrashAt(at)
			var stored []byte
			done := 0
			for _, room := range rooms {
				ab, got, err := durable.OpenABRoom(fsys, "/d/ab", room)
				if err != nil {
					break
				}
				if !bytes.Equal(got, stored) {
					t.Fatalf("seed %d: room %d: %d bytes; want the %d of before", seed, room, len(got), len(stored))
				}
				value := bytes.Repeat([]byte{byte(room)}, room)
				if ab.Store(value) != nil {
					break
				}
				stored, done = value, done+1
			}
			if done == len(rooms) {
				break
			}
			fsys = fsys.Reboot()
			ab, got, err := durable.OpenABRoom(fsys, "/d/ab", rooms[len(rooms)-1])
			if err != nil && (done > 0 || !errors.Is(err, durable.ErrDamaged)) {
				t.Fatalf("seed %d, crash at %d: %v", seed, at, err)
			}
			next := bytes.Repeat([]byte{byte(rooms[done])}, rooms[done])
			if !bytes.Equal(got, stored) && !bytes.Equal(got, next) {
				t.Fatalf("seed %d, crash at %d: %d bytes; want %d or %d", seed, at, len(got), len(stored), len(next))
			}
			if err := ab.Store(make([]byte, 40_000)); err != nil {
				t.Fatalf("seed %d, crash at %d: Store after recovery = %v", seed, at, err)
			}
		}
	}
}

func TestABDamage(t *testing.T) {
	name := filepath.Join(t.TempDir(), "ab")
	ab, _, err := durable.OpenAB(durable.OS{}, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"one", "two"} {
		if err := ab.Store([]byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := ab.Store(make([]byte, durable.MaxAB+1)); err == nil {
		t.Error("Store of MaxAB+1 bytes = nil; want an error")
	}
	ab.Close()
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		flip []int
		want string
		err  error
	}{
		{"newest", []int{24}, "one", nil},
		{"older", []int{4096 + 24}, "two", nil},
		{"length", []int{18}, "one", nil},
		{"both", []int{24, 4096 + 24}, "", durable.ErrDamaged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := append([]byte(nil), whole...)
			for _, i := range tc.flip {
				b[i] ^= 0x40
			}
			if err := os.WriteFile(name, b, 0o644); err != nil {
				t.Fatal(err)
			}
			ab, got, err := durable.OpenAB(durable.OS{}, name)
			if string(got) != tc.want || !errors.Is(err, tc.err) {
				t.Errorf("OpenAB = %q, %v; want %q, %v", got, err, tc.want, tc.err)
			}
			if ab != nil {
				ab.Close()
			}
		})
	}
}

func FuzzOpenAB(f *testing.F) {
	dir := f.TempDir()
	name := filepath.Join(dir, "seed")
	ab, _, err := durable.OpenAB(durable.OS{}, name)
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range []string{"", "seed", "longer value"} {
		if err := ab.Store([]byte(v)); err != nil {
			f.Fatal(err)
		}
	}
	ab.Close()
	seed, err := os.ReadFile(name)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		name := filepath.Join(t.TempDir(), "ab")
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
		room := 1 + len(b)*3
		ab, _, err := durable.OpenABRoom(durable.OS{}, name, room)
		if err != nil && !errors.Is(err, durable.ErrDamaged) {
			t.Fatal(err)
		}
		if err := ab.Store(make([]byte, room)); err != nil {
			t.Fatal(err)
		}
		if err := ab.Store([]byte("next")); err != nil {
			t.Fatal(err)
		}
		ab.Close()
		ab, got, err := durable.OpenAB(durable.OS{}, name)
		if err != nil || string(got) != "next" {
			t.Fatalf("OpenAB after Store = %q, %v; want next", got, err)
		}
		ab.Close()
	})
}
