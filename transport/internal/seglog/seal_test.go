package seglog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/brinkml/brink/internal/durable"
)

// testKeys makes a ring of which the first number is active.
func testKeys(ids ...uint32) *Keys {
	k := &Keys{Active: ids[0], Keys: make(map[uint32][]byte)}
	for _, id := range ids {
		k.Keys[id] = bytes.Repeat([]byte{byte(id), 0x5a}, [...]int{8, 12, 16}[id%3])
	}
	return k
}

// sealedDir makes a log with sealed records 1 to n in several segments.
func sealedDir(t testing.TB, keys *Keys, n int) string {
	t.Helper()
	dir := t.TempDir()
	l, _ := mustOpen(t, Options{Dir: dir, Lane: "test", Segment: 4096, Keys: keys})
	for i := range n {
		mustAppend(t, l, body(uint64(i+1)))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSealedRoundTrip(t *testing.T) {
	for id := range uint32(3) { // one of each length
		dir := t.TempDir()
		o := Options{Dir: dir, Lane: "test", Segment: 4096, Keys: testKeys(id)}
		l, _ := mustOpen(t, o)
		payloads := []string{"", string(make([]byte, 10_000)), "a", body(6)}
		for i, p := range payloads {
			if _, err := l.Append(byte(1+i), byte(i), []byte(p)); err != nil {
				t.Fatal(err)
			}
		}
		check := func(l *Log) {
			t.Helper()
			r := l.NewReader()
			defer r.Close()
			for i, want := range payloads {
				rec, ok, err := r.Next()
				if err != nil || !ok || string(rec.Payload) != want || rec.Kind != byte(1+i) || rec.Flags != byte(i) {
					t.Fatalf("record %d = %.20q, kind %d, flags %d, %v, %v; want %.20q", i, rec.Payload, rec.Kind, rec.Flags, ok, err, want)
				}
				if rec.Size != l.Size(len(want)) {
					t.Errorf("record %d has size %d; want %d", i, rec.Size, l.Size(len(want)))
				}
			}
		}
		check(l)
		l.Close()
		var recovered []string
		o.Recovered = func(r Record) { recovered = append(recovered, string(r.Payload)) }
		l, rec := mustOpen(t, o)
		check(l)
		if !slices.Equal(recovered, payloads) || rec.Pending != 4 || rec.Lost != 0 {
			t.Errorf("recovered %.20q, %+v; want %.20q", recovered, rec, payloads)
		}
		// The same key goes on in the same segment.
		before, _ := l.Disk()
		mustAppend(t, l, "more")
		if after, _ := l.Disk(); after != before {
			t.Errorf("%d segments after one more record; want still %d", after, before)
		}
		l.Close()
	}
}

func TestNoPlaintext(t *testing.T) {
	const n = 100
	dir := sealedDir(t, testKeys(1), n)
	// Damage something, so that there is a copy of damaged bytes too.
	file := segmentFiles(t, dir)[0]
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[headerSize+recordHeader+3] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	l, rec := mustOpen(t, Options{Dir: dir, Lane: "test", Segment: 4096, Keys: testKeys(1), Reserve: 1})
	if rec.Lost != 1 {
		t.Errorf("%+v; want 1 lost", rec)
	}
	for i := range n / 2 {
		l.Ack(uint64(i + 1))
	}
	if err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	l.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 4 {
		t.Fatalf("files %q, %v; want segments, a spare and a copy of damaged bytes", files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for seq := range uint64(n) {
			if s := body(seq + 1); len(s) > 8 && bytes.Contains(b, []byte(s)) {
				t.Errorf("%s holds the payload of record %d", filepath.Base(file), seq+1)
			}
		}
		for id, key := range testKeys(1).Keys {
			if bytes.Contains(b, key[:8]) {
				t.Errorf("%s holds key %d", filepath.Base(file), id)
			}
		}
	}
}

// tree reads all files of a directory.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	m := make(map[string]string)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m[filepath.Base(file)] = string(b)
	}
	return m
}

// Without the key Open fails, says which it wants, and changes nothing.
func TestWithoutTheKey(t *testing.T) {
	const n = 100
	other := testKeys(7)
	other.Keys[7][0]++
	for _, tc := range []struct {
		name string
		keys *Keys
		flip bool // the first segment's header
		id   uint32
	}{
		{"no ring", nil, false, 7},
		{"missing", testKeys(1, 2), false, 7},
		{"another of that number", other, false, 7},
		{"damaged header, no ring", nil, true, 0},
		{"damaged header, missing", testKeys(1, 2), true, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := sealedDir(t, testKeys(7), n)
			first := segmentFiles(t, dir)[0]
			if tc.flip {
				b, err := os.ReadFile(first)
				if err != nil {
					t.Fatal(err)
				}
				b[40] ^= 1
				if err := os.WriteFile(first, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := tree(t, dir)
			o := Options{FS: durable.OS{}, Dir: dir, Lane: "test", Segment: 4096, Keys: tc.keys}
			_, _, err := Open(o)
			if e, ok := errors.AsType[*KeyError](err); !ok || e.ID != tc.id || e.Segment != filepath.Base(first) {
				t.Errorf("Open = %v; want a KeyError of key %d and %s", err, tc.id, filepath.Base(first))
			}
			if after := tree(t, dir); !maps.Equal(before, after) {
				t.Error("Open without the key changed the directory")
			}
			o.Keys = testKeys(2, 1, 7)
			l, rec := mustOpen(t, o)
			if got := read(t, l); !slices.Equal(got, numbers(1, n)) || rec.Lost != 0 {
				t.Errorf("with the key: %v, %+v; want all %d", got, rec, n)
			}
			l.Close()
		})
	}
}

// From plain to key 1, to key 2, to plain: each change begins a new segment,
// and a key is in use until its segments are gone.
func TestKeyRotation(t *testing.T) {
	dir := t.TempDir()
	next := uint64(1)
	for step, tc := range []struct {
		keys *Keys
		use  []uint32
	}{
		{nil, nil},
		{testKeys(1), []uint32{1}},
		{testKeys(2, 1), []uint32{1, 2}},
		{nil, []uint32{1, 2}}, // fails: records are sealed
		{testKeys(2, 1), []uint32{1, 2}},
	} {
		o := Options{FS: durable.OS{}, Dir: dir, Lane: "test", Segment: 16 << 10, Keys: tc.keys}
		if tc.keys == nil && step > 0 {
			if _, _, err := Open(o); err == nil {
				t.Fatalf("step %d: Open without the keys = nil; want an error", step)
			}
			continue
		}
		l, rec := mustOpen(t, o)
		if rec.Lost != 0 || rec.Torn {
			t.Fatalf("step %d: %+v; want nothing lost", step, rec)
		}
		for range 10 {
			mustAppend(t, l, body(next))
			next++
		}
		if got := read(t, l); !slices.Equal(got, numbers(1, next-1)) {
			t.Fatalf("step %d: records %v; want 1 to %d", step, got, next-1)
		}
		if got := l.KeysInUse(); !slices.Equal(got, tc.use) {
			t.Errorf("step %d: keys %d in use; want %d", step, got, tc.use)
		}
		l.Close()
	}
	l, _ := mustOpen(t, Options{Dir: dir, Lane: "test", Segment: 16 << 10, Keys: testKeys(2, 1)})
	for seq := uint64(1); seq < next; seq++ {
		l.Ack(seq)
	}
	if err := l.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if got := l.KeysInUse(); !slices.Equal(got, []uint32{2}) {
		t.Errorf("keys %d in use when all is acknowledged; want 2", got)
	}
	l.Close()
	// Nothing in it is wanted any more: no key is needed, and the mark stays.
	l, rec := mustOpen(t, Options{Dir: dir, Lane: "test", Segment: 16 << 10})
	if rec.Pending != 0 || rec.Lost != 0 {
		t.Errorf("%+v; want nothing pending", rec)
	}
	if seq := mustAppend(t, l, body(next)); seq != next {
		t.Errorf("next number %d; want %d", seq, next)
	}
	if got := l.KeysInUse(); len(got) > 0 {
		t.Errorf("keys %d in use; want none", got)
	}
	l.Close()
}

// Who changes a record and its checksum with it is found out: that record is
// lost, and counted, and no other.
func TestForgedRecords(t *testing.T) {
	const n = 20
	for _, tc := range []struct {
		name  string
		forge func(rec []byte)
	}{
		{"payload", func(b []byte) { b[recordHeader+14] ^= 1 }},
		{"kind", func(b []byte) { b[2] = 9 }},
		{"flags", func(b []byte) { b[3] ^= 1 }},
		{"plain", func(b []byte) { binary.LittleEndian.PutUint16(b, recordMarker) }},
		{"another's payload", nil},
	} {
		for i, victim := range []int{3, n - 1, n - 1} {
			t.Run(fmt.Sprint(tc.name, " ", i), func(t *testing.T) {
				dir := t.TempDir()
				l, _ := mustOpen(t, Options{Dir: dir, Segment: 16 << 10, Keys: testKeys(1)})
				var at []int64
				for i := range n {
					if i > 0 {
						at = append(at, l.off)
					} else {
						at = append(at, headerSize)
					}
					mustAppend(t, l, fmt.Sprintf("record %02d", i+1))
				}
				if i == 2 {
					dir = copyDir(t, dir) // the power goes now
				}
				l.Close()
				file := segmentFiles(t, dir)[0]
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				h, _ := parseHeader(b)
				rec := b[at[victim] : at[victim]+l.Size(9)]
				if tc.forge != nil {
					tc.forge(rec)
				} else {
					copy(rec[recordHeader:], b[at[0]+recordHeader:at[0]+l.Size(9)])
				}
				size := recordHeader + binary.LittleEndian.Uint32(rec[4:])
				binary.LittleEndian.PutUint32(rec[16:], recordSum(h.salt, rec[:16], rec[recordHeader:size]))
				if err := os.WriteFile(file, b, 0o600); err != nil {
					t.Fatal(err)
				}
				l, got := mustOpen(t, Options{Dir: dir, Segment: 16 << 10, Keys: testKeys(1)})
				if got.Lost != 1 || got.Pending != n-1 {
					t.Errorf("%+v; want 1 lost and %d pending", got, n-1)
				}
				if seq := mustAppend(t, l, "next"); seq != n+1 {
					t.Errorf("next number %d; want %d", seq, n+1)
				}
				l.Close()
			})
		}
	}
}

func TestSealAllocs(t *testing.T) {
	h := header{gen: 1, base: 1, salt: 7}
	aead, _, err := derive(testKeys(1).Keys[1], h, "lane")
	if err != nil {
		t.Fatal(err)
	}
	s := &segment{header: h, aead: aead}
	s.cipher = cipherAESGCM
	payload := make([]byte, 256)
	var b, plain []byte
	n := testing.AllocsPerRun(100, func() {
		b = appendSealed(b[:0], h.salt, aead, 1, 1, 0, payload)
		r, _, _, ok := parseRecord(b, h.salt, 0, 10)
		if !ok {
			t.Fatal("a sealed record does not parse")
		}
		if plain, ok = s.open(&r, plain); !ok || len(r.Payload) != len(payload) {
			t.Fatal("a sealed record does not open")
		}
	})
	if n > 0 {
		t.Errorf("sealing and opening a record allocates %v times; want 0", n)
	}
}

// BenchmarkEncode compares what a record of 256 bytes costs the committer, plain
// and sealed.
func BenchmarkEncode(b *testing.B) {
	payload := make([]byte, 256)
	var buf []byte
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			buf = appendRecord(buf[:0], 7, 1, 1, 0, payload)
		}
	})
	for _, id := range []uint32{0, 2} {
		key := testKeys(id).Keys[id]
		b.Run(fmt.Sprintf("sealed with %d bits", 8*len(key)), func(b *testing.B) {
			aead, _, err := derive(key, header{gen: 1, base: 1, salt: 7}, "lane")
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				buf = appendSealed(buf[:0], 7, aead, 1, 1, 0, payload)
			}
		})
	}
}
