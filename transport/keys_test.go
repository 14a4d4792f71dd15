package transport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/transport"
)

var (
	oldKey = []byte("an old key of 32 bytes, no more.")
	newKey = []byte("the new key has.")
)

// plaintext looks for strings in all files below a directory.
func plaintext(t testing.TB, dir string, secrets ...string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		for _, s := range secrets {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("%s holds %q", path, s)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Messages are stored under one key, then under another, delivered after both,
// and none of it is on the disk in the clear.
func TestEncryptionAtRest(t *testing.T) {
	b, d := rig(t, nil)
	dir := t.TempDir()
	open := func(k *transport.KeyRing) *transport.Outbox {
		t.Helper()
		return mustOpen(t, dir, d, &transport.Options{Keys: k, SegmentBytes: 16 << 10, Lanes: []transport.Lane{
			{Name: "alarm", Priority: 1, Reserve: 1}, {Name: transport.DefaultLane},
		}})
	}
	var want []string
	publish := func(out *transport.Outbox, word string) {
		t.Helper()
		for i := range 100 {
			m := transport.Message{Topic: "secret/topic", ID: "secret id", Payload: fmt.Appendf(nil, "secret %s %d", word, i)}
			mustPublish(t, out, m)
			want = append(want, string(m.Payload))
		}
	}
	lane := func(out *transport.Outbox) transport.LaneStats { return out.Stats().Lane(transport.DefaultLane) }

	out := open(&transport.KeyRing{Active: 1, Keys: map[uint32][]byte{1: oldKey}})
	publish(out, "first")
	stored := lane(out).Bytes
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}

	for _, k := range []*transport.KeyRing{
		nil,
		{Active: 2, Keys: map[uint32][]byte{2: newKey}},
		{Active: 1, Keys: map[uint32][]byte{1: newKey}},
	} {
		_, err := transport.Open(dir, d, &transport.Options{Keys: k})
		e, ok := errors.AsType[*transport.KeyError](err)
		if !ok || e.ID != 1 || e.Lane != transport.DefaultLane || !strings.HasSuffix(e.Segment, ".seg") {
			t.Errorf("Open with %v = %v; want a KeyError of key 1", k, err)
		}
	}

	out = open(&transport.KeyRing{Active: 2, Keys: map[uint32][]byte{1: oldKey, 2: newKey}})
	if got := lane(out); got.Bytes != stored || got.Pending != 100 || got.TotalDropped() > 0 {
		t.Errorf("after restart %+v; want 100 pending, %d bytes", got, stored)
	}
	publish(out, "second")
	if got := lane(out).Keys; !slices.Equal(got, []uint32{1, 2}) {
		t.Errorf("keys %d in use; want 1 and 2", got)
	}
	if n := plaintext(t, dir, "secret", string(oldKey[:8]), string(newKey[:8])); n < 4 {
		t.Errorf("%d files looked at; want more", n)
	}
	run(t, out)
	drain(t, out)
	if diff := cmp.Diff(want, payloads(b.Messages())); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	eventually(t, "the old key is not needed", func() bool { return slices.Equal(lane(out).Keys, []uint32{2}) })
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	out = open(&transport.KeyRing{Active: 2, Keys: map[uint32][]byte{2: newKey}})
	if got := lane(out); got.Pending != 0 || got.TotalDropped() > 0 {
		t.Errorf("without the old key %+v; want nothing pending", got)
	}
}

// Messages of the time before there was a ring are still delivered.
func TestEncryptionBegins(t *testing.T) {
	b, d := rig(t, nil)
	dir := t.TempDir()
	out := mustOpen(t, dir, d, nil)
	mustPublish(t, out, transport.Message{Topic: "t", Payload: []byte("plain")})
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	out = mustOpen(t, dir, d, &transport.Options{Keys: &transport.KeyRing{Keys: map[uint32][]byte{0: newKey}}})
	mustPublish(t, out, transport.Message{Topic: "t", Payload: []byte("secret")})
	plaintext(t, dir, "secret")
	run(t, out)
	drain(t, out)
	if diff := cmp.Diff([]string{"plain", "secret"}, payloads(b.Messages())); diff != "" {
		t.Error(diff)
	}
}

func TestKeyRingProblems(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	k := &transport.KeyRing{Active: 9, Keys: map[uint32][]byte{1: []byte("hunter2hunter2"), 2: make([]byte, 16), 3: oldKey}}
	var log strings.Builder
	_, err := transport.Open(dir, noDialer{}, &transport.Options{Keys: k, Window: -1, Logger: textLogger(&log)})
	for _, want := range []string{"active key 9", "key 1 has 14 bytes", "key 2 is all zeros", "Window"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open = %v; want %q in it", err, want)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat(directory) = %v; want it untouched", err)
	}

	// However it is printed, a key is not seen.
	j, err := json.Marshal(struct{ K *transport.KeyRing }{k})
	if err != nil {
		t.Fatal(err)
	}
	textLogger(&log).Info("ring", "p", k, "v", *k, "in", struct{ K transport.KeyRing }{*k})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("ring", "p", k, "v", *k, "in", struct{ K transport.KeyRing }{*k})
	printed := fmt.Sprintf("%v %+v %#v %s %x %q %d %v", k, *k, *k, k, *k, *k, k, struct{ K transport.KeyRing }{*k}) +
		fmt.Sprint(err) + string(j) + log.String()
	for _, key := range k.Keys {
		for _, form := range []string{
			string(key), fmt.Sprintf("%x", key), fmt.Sprintf("%X", key), strings.Trim(fmt.Sprint(key), "[]"),
			strings.Trim(fmt.Sprintf("%#v", key), "[]byte{}"),
		} {
			if strings.Contains(printed, form) {
				t.Errorf("printed a key: %s", printed)
			}
		}
	}
	if !strings.Contains(printed, "active 9") {
		t.Errorf("%q; want the numbers of the keys in it", printed)
	}
	if got := fmt.Sprint((*transport.KeyRing)(nil)); got != "<nil>" {
		t.Errorf("a nil ring prints as %q; want <nil>", got)
	}
}
