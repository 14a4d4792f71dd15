package shadowtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/internal/durable/crashfs"
	"github.com/brinkml/brink/shadow"
	"github.com/brinkml/brink/shadow/shadowtest"
)

func mustOpen(t *testing.T, dir string) *shadowtest.Service {
	t.Helper()
	svc, err := shadowtest.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { svc.Close() })
	return svc
}

// A second life answers as the first would have.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		once, forever := mustOpen(t, dir), shadowtest.New(nil)
		both := func(thing, name, request string) {
			t.Helper()
			for _, svc := range []*shadowtest.Service{once, forever} {
				if err := svc.Update(thing, name, raw(request)); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Second)
		}
		both("hub", "", `{"state":{"desired":{"a":1,"o":{"p":[1,{"q":"<é>"}]},"big":12345678901234567890}}}`)
		both("hub", "", `{"state":{"reported":{"a":1.0,"timestamp":{"timestamp":5}},"desired":{"e":{}}}}`)
		both("hub", "cfg", `{"state":null}`)
		both("HUB", "", `{"state":{"reported":{"x":"A"}}}`)
		both("a:b_C-9", "N:1", `{"state":{"reported":{"x":1}}}`)
		both(strings.Repeat("Z", 128), strings.Repeat("z", 64), `{"state":{"reported":{"x":1}}}`)
		both("hub", "gone", `{"state":{"reported":{"x":1}}}`)
		both("hub", "old", `{"state":{"reported":{"x":1}}}`)
		for _, svc := range []*shadowtest.Service{once, forever} {
			if err := svc.Delete("hub", "old"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(24 * time.Hour)
		for _, svc := range []*shadowtest.Service{once, forever} {
			if err := svc.Delete("hub", "gone"); err != nil {
				t.Fatal(err)
			}
		}
		if err := once.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		twice := mustOpen(t, dir)
		for _, step := range []struct{ thing, name, op, payload string }{
			{"hub", "", "get", ""},
			{"hub", "cfg", "get", ""},
			{"HUB", "", "get", ""},
			{"a:b_C-9", "N:1", "get", ""},
			{strings.Repeat("Z", 128), strings.Repeat("z", 64), "get", ""},
			{"hub", "gone", "get", ""},
			{"hub", "", "update", `{"state":{"reported":{"o":{"p":5}}}}`},
			{"hub", "gone", "update", `{"state":{"reported":{"o":{"p":5}}}}`}, // counts on
			{"hub", "old", "update", `{"state":{"reported":{"o":{"p":5}}}}`},  // starts at 1
		} {
			base := "$aws/things/" + step.thing + "/shadow/"
			if step.name != "" {
				base += "name/" + step.name + "/"
			}
			want := connect(t, forever, base).ask(step.op, step.payload)
			if diff := cmp.Diff(want, connect(t, twice, base).ask(step.op, step.payload)); diff != "" {
				t.Errorf("%s %s %s (-as without a restart +got):\n%s", step.op, step.thing, step.name, diff)
			}
		}
		if diff := cmp.Diff(forever.Shadows("hub"), twice.Shadows("hub")); diff != "" {
			t.Errorf("Shadows (-want +got):\n%s", diff)
		}
	})
}

func TestOpenIsAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	svc := mustOpen(t, dir)
	_, err := shadowtest.Open(dir, nil)
	file, ok := errors.AsType[*shadowtest.FileError](err)
	if !ok || !errors.Is(err, durable.ErrLocked) || file.File != filepath.Join(dir, "LOCK") {
		t.Errorf("the second Open = %v; want a FileError of LOCK", err)
	}
	if err := svc.Close(); err != nil {
		t.Fatal(err)
	}
	if err := svc.Close(); err != nil {
		t.Errorf("the second Close = %v; want nil", err)
	}
	refused, ok := errors.AsType[*shadow.RejectedError](svc.SetDesired("hub", "", raw(`{"a":1}`)))
	if !ok || refused.Code != 500 || refused.Message != "Internal service failure" {
		t.Errorf("SetDesired after Close = %v; want 500", refused)
	}
	mustOpen(t, dir)
	if err := shadowtest.New(nil).Close(); err != nil {
		t.Errorf("Close in memory = %v; want nil", err)
	}
}

// A file that is not as it was written stops Open, and stays as it is.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	svc := mustOpen(t, dir)
	if err := svc.Update("hub", "cfg", raw(`{"state":{"desired":{"a":[1,2]},"reported":{"b":{"c":2}}}}`)); err != nil {
		t.Fatal(err)
	}
	svc.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*.twin"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files = %q, %v; want one", files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(whole), "\n")
	edit := func(old, new string) []byte {
		if !strings.Contains(body, old) {
			t.Fatalf("%s does not hold %s", body, old)
		}
		return summed(strings.Replace(body, old, new, 1))
	}
	for name, content := range map[string][]byte{
		"empty":                {},
		"cut":                  whole[:len(whole)-1],
		"a bit":                append([]byte{whole[0] ^ 1}, whole[1:]...),
		"no JSON":              summed(`{"thing"`),
		"an array":             summed(`[]`),
		"another thing":        edit(`"thing":"hub"`, `"thing":"hut"`),
		"a bad name":           edit(`"thing":"hub"`, `"thing":"../hub"`),
		"a bad shadow":         edit(`"name":"cfg"`, `"name":"a/b"`),
		"version 0":            edit(`"version":1`, `"version":0`),
		"version of text":      edit(`"version":1`, `"version":"1"`),
		"a section of text":    edit(`{"a":[1,2]}`, `"a"`),
		"null in an array":     edit(`{"a":[1,2]}`, `{"a":[1,null]}`),
		"a key twice":          edit(`{"a":[1,2]}`, `{"a":[1,2],"a":[1,2]}`),
		"no metadata":          edit(`"metadata"`, `"meta"`),
		"metadata too short":   edit(`{"timestamp":`, `{"time":`),
		"metadata of text":     edit(`"b":{"c":{"timestamp":`, `"b":{"c":{"timestamp":"x","y":`),
		"metadata of a member": edit(`"metadata":{"desired":{"a":`, `"metadata":{"desired":{"b":`),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(files[0], content, 0o600); err != nil {
				t.Fatal(err)
			}
			svc, err := shadowtest.Open(dir, nil)
			if err == nil {
				svc.Close()
			}
			file, ok := errors.AsType[*shadowtest.FileError](err)
			if !ok || file.File != files[0] || !errors.Is(err, shadowtest.ErrDamaged) {
				t.Errorf("Open = %v; want a FileError of %s that wraps ErrDamaged", err, files[0])
			}
			if now, err := os.ReadFile(files[0]); err != nil || string(now) != string(content) {
				t.Errorf("the file is %q, %v now; want it untouched", now, err)
			}
		})
	}
	if err := os.WriteFile(files[0], whole, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README", "x.twin.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("else"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if d, ok := mustOpen(t, dir).Document("hub", "cfg"); !ok || d.Version != 1 {
		t.Errorf("restored, Document = %+v, %v; want version 1", d, ok)
	}
	if names, _ := (durable.OS{}).ReadDir(dir); !cmp.Equal(names, []string{"LOCK", "README", filepath.Base(files[0])}) {
		t.Errorf("the folder holds %q; want what is foreign kept, and no half of a replacement", names)
	}
}

// A disk that refuses makes the service refuse, and nothing is changed.
func TestDiskFull(t *testing.T) {
	fsys := crashfs.New(1)
	svc, err := shadowtest.OpenOn(fsys, "/d", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.SetReported("hub", "", raw(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	fsys.Fail(func(op, _ string) error {
		if op == "write" {
			return syscall.ENOSPC
		}
		return nil
	})
	for name, f := range map[string]func() error{
		"update": func() error { return svc.SetReported("hub", "", raw(`{"a":2}`)) },
		"delete": func() error { return svc.Delete("hub", "") },
		"new":    func() error { return svc.SetReported("hub", "new", raw(`{"a":2}`)) },
	} {
		if e, ok := errors.AsType[*shadow.RejectedError](f()); !ok || e.Code != 500 {
			t.Errorf("%s = %v; want 500", name, e)
		}
	}
	fsys.Fail(nil)
	if d, _ := svc.Document("hub", ""); d.Version != 1 || string(d.Reported) != `{"a":1}` {
		t.Errorf("Document = %+v; want what it was", d)
	}
	if err := svc.SetReported("hub", "", raw(`{"a":3}`)); err != nil {
		t.Errorf("after the fault: %v; want nil", err)
	}
}

// The power is cut at every operation: what was answered is there, whole.
func TestPowerCuts(t *testing.T) {
	type state struct {
		version int64
		doc     string // "" when deleted
	}
	cuts := 0
	for seed := range uint64(4) {
		for at := 1; ; at++ {
			fsys := crashfs.New(seed)
			fsys.CrashAt(at)
			acked := map[string]state{}
			asked := map[string]state{} // the request that was not answered
			finished := false
			lives := 0
			func() {
				for ; lives < 3; lives++ {
					svc, err := shadowtest.OpenOn(fsys, "/d", nil)
					if err != nil {
						return
					}
					for i := range 4 {
						for _, name := range []string{"", "a"} {
							next := state{acked[name].version + 1, fmt.Sprintf(`{"n":"%d.%d","pad":"%s"}`, lives, i, strings.Repeat("x", 600))}
							do := func() error { return svc.SetReported("hub", name, raw(next.doc)) }
							if name == "a" && i == 2 {
								next = state{acked[name].version, ""}
								do = func() error { return svc.Delete("hub", name) }
							}
							if do() != nil {
								asked[name] = next
								return
							}
							acked[name] = next
						}
					}
					if svc.Close() != nil {
						return
					}
				}
				finished = true
			}()
			if finished {
				break
			}
			cuts++
			fsys = fsys.Reboot()
			if again := int(seed); again > 0 { // and once more, while it starts
				fsys.CrashAt(again)
				if svc, err := shadowtest.OpenOn(fsys, "/d", nil); err == nil {
					svc.Close()
				}
				fsys = fsys.Reboot()
			}
			svc, err := shadowtest.OpenOn(fsys, "/d", nil)
			if err != nil {
				t.Fatalf("seed %d, cut at %d: Open = %v", seed, at, err)
			}
			for _, name := range []string{"", "a"} {
				d, _ := svc.Document("hub", name)
				got := state{d.Version, string(d.Reported)}
				is := func(want state) bool {
					return got == want || want.doc == "" && got == state{}
				}
				if want, ok := asked[name]; !is(acked[name]) && !(ok && is(want)) {
					t.Fatalf("seed %d, cut at %d: shadow %q is %+v; want %+v or %+v", seed, at, name, got, acked[name], want)
				}
				if err := svc.SetReported("hub", name, raw(`{"n":"on"}`)); err != nil {
					t.Fatalf("seed %d, cut at %d: an update after it = %v", seed, at, err)
				}
				if d, _ := svc.Document("hub", name); d.Version <= acked[name].version {
					t.Fatalf("seed %d, cut at %d: version %d; want more than %d, which was answered", seed, at, d.Version, acked[name].version)
				}
			}
		}
	}
	t.Logf("%d power cuts", cuts)
	if cuts < 300 {
		t.Errorf("%d power cuts; want hundreds", cuts)
	}
}

func summed(body string) []byte {
	return append(fmt.Appendf(nil, "%08x\n", shadowtest.Checksum([]byte(body))), body...)
}

// Any file gives a service with valid documents or an error that names it.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"thing":"hub","version":3,"state":{"desired":{"a":[1]}},"metadata":{"desired":{"a":[{"timestamp":1}]}}}`), true)
	f.Add([]byte(`{"thing":"hub","version":3,"deleted":"2026-11-21T14:00:00Z","state":{},"metadata":{}}`), true)
	f.Add([]byte("00000000\n{}"), false)
	f.Fuzz(func(t *testing.T, content []byte, sum bool) {
		if sum {
			content = summed(string(content))
		}
		fsys := crashfs.New(1)
		if err := fsys.MkdirAll("/d"); err != nil {
			t.Fatal(err)
		}
		name := "/d/" + shadowtest.FileName("hub", "")
		if err := durable.Replace(fsys, name, content); err != nil {
			t.Fatal(err)
		}
		svc, err := shadowtest.OpenOn(fsys, "/d", nil)
		if err != nil {
			if file, ok := errors.AsType[*shadowtest.FileError](err); !ok || file.File != name || !errors.Is(err, shadowtest.ErrDamaged) {
				t.Fatalf("Open = %v; want a FileError of %s", err, name)
			}
			return
		}
		if d, ok := svc.Document("hub", ""); ok {
			valid(t, d)
		}
		e, _ := errors.AsType[*shadow.RejectedError](svc.SetReported("hub", "", raw(`{"a":1}`)))
		if e != nil && e.Code != 413 {
			t.Fatalf("SetReported = %v; want nil or 413", e)
		}
	})
}

func valid(t *testing.T, d shadowtest.Document) {
	t.Helper()
	for _, section := range []json.RawMessage{d.Desired, d.Reported, d.Delta} {
		if err := shadow.Validate(section, shadow.Limits{Depth: 128, Size: 1 << 30}); err != nil {
			t.Fatalf("a section is %s: %v", section, err)
		}
	}
	if d.Version < 1 {
		t.Fatalf("version = %d; want 1 at least", d.Version)
	}
}
