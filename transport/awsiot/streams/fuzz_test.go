package streams

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// FuzzMessages hands anything to the parsers of what arrives.
func FuzzMessages(f *testing.F) {
	for _, s := range []string{
		`{"c":"t","s":1,"d":"x","r":[{"f":0,"z":131072},{"f":1,"z":51200}]}`,
		`{"c":"t","f":0,"l":4,"i":2,"p":"AAAAAA=="}`,
		`{"o":"BlockSizeOutOfBounds","m":"The block size is out of bounds","c":"t"}`,
		`{"clientToken":"t","code":"InvalidRequest","message":"m"}`,
		`{"s":-1}`, `{"s":1,"r":[{"f":256,"z":0}]}`, `{"s":1,"r":[{"f":0,"z":-1}]}`, `{"s":1,"r":[{"f":0,"z":1},{"f":0,"z":1}]}`,
		`{"f":0,"i":9223372036854775807,"p":"!"}`, `{}`, `[]`, `null`, ``, "\xff", strings.Repeat("[", 10000),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, _, err := parseDescription(b); err == nil {
			if d.Version < 0 || len(d.Files) > maxFiles {
				t.Errorf("%q gives %+v", b, d)
			}
			for _, e := range d.Files {
				if e.ID < 0 || e.ID > maxFileID || e.Size < 0 {
					t.Errorf("%q gives %+v", b, d)
				}
			}
		}
		if m, err := parseBlock(b); err == nil && len(m.payload) > len(b) {
			t.Errorf("%d bytes give a block of %d", len(b), len(m.payload))
		}
		if r, err := parseRejection(b); err == nil && r.code == "" {
			t.Errorf("%q gives no code", b)
		}
	})
}

// FuzzRequest checks that a request names the blocks that it is meant to name.
func FuzzRequest(f *testing.F) {
	f.Add([]byte{0, 1, 0xff}, uint8(3))
	f.Fuzz(func(t *testing.T, have []byte, limit uint8) {
		n := 8 * len(have)
		for _, run := range []bool{false, true} {
			list := next(have, n, int(limit), run)
			if len(list) > int(limit) {
				t.Fatalf("%d blocks; the limit is %d", len(list), limit)
			}
			if len(list) == 0 {
				continue
			}
			var r getRequest
			r.request(list)
			if got := named(t, r); !slices.Equal(got, list) {
				t.Errorf("%+v names %v; want %v", r, got, list)
			}
			if run && r.Bitmap != "" {
				t.Errorf("a run with a bitmap: %+v", r)
			}
			for _, i := range list {
				if blocks(have).has(i) {
					t.Errorf("asks for block %d, which is there", i)
				}
			}
		}
	})
}

// named reads a request as the service's page says.
func named(t *testing.T, r getRequest) (list []int) {
	if r.Bitmap == "" {
		for i := range r.Count {
			list = append(list, r.Offset+i)
		}
		return list
	}
	bits, err := hex.DecodeString(strings.TrimPrefix(r.Bitmap, "0x"))
	if err != nil || len(bits) > maxBitmap {
		t.Fatalf("bitmap of %d bytes, %v", len(bits), err)
	}
	for i := range 8 * len(bits) {
		if bits[i/8]>>(i%8)&1 == 1 {
			list = append(list, r.Offset+i)
		}
	}
	if len(list) != r.Count {
		t.Errorf("n is %d for %d blocks", r.Count, len(list))
	}
	return list
}

// The messages of testdata, from the service's page and from an observation, are
// read as what they are.
func TestGolden(t *testing.T) {
	d, token, err := parseDescription(golden(t, "description.json"))
	if err != nil || token != "ec944cfb-1e3c-49ac-97de-9dc4aaad0039" || d.Version != 1 || d.Text != "This is the description of stream ABC." ||
		!slices.Equal(d.Files, []Entry{{0, 131072}, {1, 51200}}) {
		t.Errorf("description: %+v, %q, %v", d, token, err)
	}
	b, err := parseBlock(golden(t, "data.json"))
	if err != nil || b.token != "1bb8aaa1-5c18-4d21-80c2-0b44fee10380" || b.file != 0 || b.index != 2 || !bytes.Equal(b.payload, make([]byte, 4096)) {
		t.Errorf("data: %+v, %v", b, err)
	}
	r, err := parseRejection(golden(t, "rejected.json"))
	if want := (rejection{"BlockSizeOutOfBounds", "The block size is out of bounds", "1bb8aaa1-5c18-4d21-80c2-0b44fee10380"}); err != nil || r != want {
		t.Errorf("rejected: %+v, %v", r, err)
	}
	r, err = parseRejection(golden(t, "rejected-both.json"))
	if want := (rejection{"InvalidRequest", "The data requested is out of the range of data available.", "rdy"}); err != nil || r != want {
		t.Errorf("rejected with both names: %+v, %v", r, err)
	}
	same(t, "describe.json", describeRequest{"ec944cfb-1e3c-49ac-97de-9dc4aaad0039"})
	q := getRequest{Token: "1", Version: 1, File: 1, Block: 256}
	q.request([]int{20, 21, 24, 43})
	q.Count = 32 // the page's example leaves room; ours counts
	same(t, "get.json", q)
}

// same compares a request with the page's, whatever the order of its fields.
func same(t *testing.T, name string, v any) {
	t.Helper()
	var got, want any
	if err := json.Unmarshal(marshal(v), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(golden(t, name), &want); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("%s: %s; want %s", name, a, b)
	}
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
