package streams_test

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/streams"
)

// The power is cut at every operation on the disk, and with every other seed at
// a second one in the life after that. The path never shows anything but the old file or the whole
// new one, the transfer ends well in the next life, and what was synced is not
// fetched again.
func TestPowerCutAtEveryOperation(t *testing.T) {
	old, data := []byte("old"), content(40_000)
	points := 0
	for seed := range uint64(6) {
		for at, more := 1, true; more && !t.Failed(); at++ {
			points++
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.cloud.Put("s1", "", map[int][]byte{0: data})
				if err := errors.Join(w.disk.MkdirAll("/data"), durable.Replace(w.disk, path, old)); err != nil {
					t.Fatal(err)
				}
				o := &streams.Options{BlockSize: 1000, Window: 4000, SyncEvery: 10_000}
				f := streams.File{Stream: "s1", SHA256: sumOf(data)}
				durably := 0 // blocks on the disk for certain
				o.Progress = func(p streams.Progress) {
					if done := int(p.Stored) / 1000; done%10 == 1 {
						durably = done - 1 // a save came before this block
					}
				}
				w.disk.CrashAt(at)
				err := w.client(o).Fetch(t.Context(), f, path)
				more = err != nil
				for life := range 2 {
					fetched := err == nil
					w.disk = w.disk.Reboot()
					var got []byte
					got, err = durable.ReadFile(w.disk, path, 1<<20)
					if err != nil || !bytes.Equal(got, old) && !bytes.Equal(got, data) {
						t.Fatalf("seed %d, cut at %d: the path has %d bytes, %v", seed, at, len(got), err)
					}
					if fetched && !bytes.Equal(got, data) {
						t.Fatalf("seed %d, cut at %d: Fetch returned nil, and a power cut takes the file back", seed, at)
					}
					synctest.Wait() // until the service has sent what nobody takes any more
					before, stored := w.cloud.Stats().Blocks, durably
					if life == 0 && more && seed%2 == 1 {
						w.disk.CrashAt(at/2 + 1)
					}
					err = w.client(o).Fetch(t.Context(), f, path)
					if life == 1 && err != nil {
						t.Fatalf("seed %d, cut at %d: %v", seed, at, err)
					}
					if n := w.cloud.Stats().Blocks - before; life == 0 && err == nil && n > 40-stored {
						t.Errorf("seed %d, cut at %d: %d blocks fetched after a restart; %d were on the disk", seed, at, n, stored)
					}
				}
				if got := w.read(path); !bytes.Equal(got, data) {
					t.Errorf("seed %d, cut at %d: the file differs", seed, at)
				}
				if n := len(w.files()); n != 1 {
					t.Errorf("seed %d, cut at %d: on the disk: %q", seed, at, w.files())
				}
			})
		}
	}
	if points < 6*50 {
		t.Errorf("%d power cuts; want more", points)
	}
}

// A disk that fails at any operation is an error, and nothing is lost or torn
// when it works again.
func TestFailingDisk(t *testing.T) {
	data := content(40_000)
	broken := errors.New("broken")
	for at, more := 1, true; more; at++ {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.cloud.Put("s1", "", map[int][]byte{0: data})
			ops := 0
			w.disk.Fail(func(string, string) error {
				if ops++; ops == at {
					return broken
				}
				return nil
			})
			o := &streams.Options{BlockSize: 1000, Window: 4000, SyncEvery: 10_000}
			c := w.client(o)
			f := streams.File{Stream: "s1", SHA256: sumOf(data)}
			err := c.Fetch(t.Context(), f, path)
			more = ops >= at
			if more && !errors.Is(err, broken) || !more && err != nil {
				t.Errorf("operation %d: Fetch = %v", at, err)
			}
			if err := c.Fetch(t.Context(), f, path); err != nil {
				t.Errorf("operation %d, after it: %v", at, err)
			}
			if got := w.read(path); !bytes.Equal(got, data) {
				t.Errorf("operation %d: the file differs", at)
			}
		})
	}
}

// After a sync that failed nobody knows what is on the disk: nothing of it is
// taken up again.
func TestFailedSync(t *testing.T) {
	data := content(40_000)
	broken := errors.New("broken")
	for at := 1; at <= 5; at++ {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.cloud.Put("s1", "", map[int][]byte{0: data})
			syncs := 0
			w.disk.Fail(func(op, name string) error {
				if op == "sync" && name == path+".part" {
					if syncs++; syncs == at {
						return broken
					}
				}
				return nil
			})
			c := w.client(&streams.Options{BlockSize: 1000, Window: 4000, SyncEvery: 10_000})
			f := streams.File{Stream: "s1", SHA256: sumOf(data)}
			if err := c.Fetch(t.Context(), f, path); !errors.Is(err, broken) {
				t.Fatalf("Fetch = %v; want %v", err, broken)
			}
			if len(w.files()) > 0 {
				t.Errorf("on the disk: %q", w.files())
			}
			synctest.Wait()
			before := w.cloud.Stats().Blocks
			if err := c.Fetch(t.Context(), f, path); err != nil {
				t.Fatal(err)
			}
			if n := w.cloud.Stats().Blocks - before; n != 40 {
				t.Errorf("%d blocks fetched; want all", n)
			}
		})
	}
}

// What lies on the disk is checked when it is taken up: blocks that rotted,
// lists that are damaged or of something else, and a part that is too long.
func TestDamage(t *testing.T) {
	data := content(40_000)
	for _, tc := range []struct {
		name    string
		damage  func(t *testing.T, w *world)
		refetch int // blocks
		change  func(f *streams.File, o *streams.Options)
	}{
		{"none", func(*testing.T, *world) {}, 20, nil},
		{"a block", func(t *testing.T, w *world) { write(t, w, path+".part", 5500, []byte{1, 2, 3}) }, 21, nil},
		{"the last block of those", func(t *testing.T, w *world) { truncate(t, w, path+".part", 19_999) }, 21, nil},
		{"no part", func(t *testing.T, w *world) { remove(t, w, path+".part") }, 40, nil},
		{"no list", func(t *testing.T, w *world) { remove(t, w, path+".blocks") }, 40, nil},
		{"the list", func(t *testing.T, w *world) {
			write(t, w, path+".blocks", 100, make([]byte, 50))
			write(t, w, path+".blocks", 4196, make([]byte, 50))
		}, 40, nil},
		{"a part that is too long", func(t *testing.T, w *world) { write(t, w, path+".part", 40_000, []byte{1}) }, 40, nil},
		{"another version", func(t *testing.T, w *world) { w.cloud.Put("s1", "", map[int][]byte{0: data}) }, 40, nil},
		{"another block size", func(*testing.T, *world) {}, 80, func(_ *streams.File, o *streams.Options) { o.BlockSize = 500 }},
		{"without a checksum", func(*testing.T, *world) {}, 40, func(f *streams.File, _ *streams.Options) { f.SHA256 = nil }},
		{"a list of something else", func(t *testing.T, w *world) {
			ab, _, err := durable.OpenABRoom(w.disk, path+".blocks", 8192)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(ab.Store([]byte(`{"stream":"s1","version":1,"size":40000,"block":1000,"have":"/w==","sums":""}`)), ab.Close()); err != nil {
				t.Fatal(err)
			}
		}, 40, func(f *streams.File, _ *streams.Options) { f.SHA256 = nil }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.cloud.Put("s1", "", map[int][]byte{0: data})
				o := &streams.Options{BlockSize: 1000, Window: 10_000, Tries: 1}
				f := streams.File{Stream: "s1", SHA256: sumOf(data)}
				w.cloud.Script(func(r awsiottest.StreamsRequest) awsiottest.StreamsFault {
					return awsiottest.StreamsFault{Silent: r.Op == "get" && r.Blocks[0] >= 20}
				})
				if err := w.client(o).Fetch(t.Context(), f, path); err == nil {
					t.Fatal("no error")
				}
				tc.damage(t, w)
				if tc.change != nil {
					tc.change(&f, o)
				}
				w.cloud.Script(nil)
				synctest.Wait()
				before := w.cloud.Stats().Blocks
				if err := w.client(o).Fetch(t.Context(), f, path); err != nil {
					t.Fatal(err)
				}
				if got := w.read(path); !bytes.Equal(got, data) {
					t.Error("the file differs")
				}
				if n := w.cloud.Stats().Blocks - before; n != tc.refetch {
					t.Errorf("%d blocks fetched; want %d", n, tc.refetch)
				}
			})
		})
	}
}

func write(t *testing.T, w *world, name string, at int64, b []byte) {
	t.Helper()
	f, err := w.disk.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, w *world, name string, size int64) {
	t.Helper()
	f, err := w.disk.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, w *world, name string) {
	t.Helper()
	if err := w.disk.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}
