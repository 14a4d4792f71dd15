package shadow

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type raw = json.RawMessage

func TestMerge(t *testing.T) {
	tests := []struct{ name, doc, patch, want string }{
		{"set and keep", `{"a":1,"b":2}`, `{"b":3}`, `{"a":1,"b":3}`},
		{"null deletes", `{"a":1,"b":2}`, `{"a":null}`, `{"b":2}`},
		{"null of nothing", `{"b":2}`, `{"a":null}`, `{"b":2}`},
		{"nested", `{"a":{"b":1,"c":2}}`, `{"a":{"b":null,"d":3}}`, `{"a":{"c":2,"d":3}}`},
		{"emptied object stays", `{"a":{"b":1}}`, `{"a":{"b":null}}`, `{"a":{}}`},
		{"empty object is a value", `{"a":1}`, `{"d":{}}`, `{"a":1,"d":{}}`},
		{"empty object replaces a scalar", `{"b":{"c":3}}`, `{"b":{"c":{}}}`, `{"b":{"c":{}}}`},
		{"empty object merges into an object", `{"b":{"c":3}}`, `{"b":{}}`, `{"b":{"c":3}}`},
		{"object replaces a scalar without its nulls", `{"a":1}`, `{"a":{"b":null,"c":1}}`, `{"a":{"c":1}}`},
		{"array whole", `{"a":[1,2,3]}`, `{"a":[4]}`, `{"a":[4]}`},
		{"objects in arrays are not merged", `{"a":[{"b":1}]}`, `{"a":[{"c":null}]}`, `{"a":[{"c":null}]}`},
		{"no document", ``, `{"a":1,"b":null}`, `{"a":1}`},
		{"no patch", `{"a":1}`, ``, `{"a":1}`},
		{"null patch", `{"a":1}`, `null`, ``},
		{"null document", `null`, `{"a":1}`, `{"a":1}`},
		{"scalar patch", `{"a":1}`, `5`, `5`},
		{"null member of a document is absent", `{"a":null,"b":1}`, `{}`, `{"b":1}`},
		{"numbers keep their text", `{"a":12345678901234567890}`, `{"b":1.10,"c":1e2}`, `{"a":12345678901234567890,"b":1.10,"c":1e2}`},
		{"sorted and compact", ` { "b" : 1 , "a" : [ 1 , "x" ] } `, `{}`, `{"a":[1,"x"],"b":1}`},
		{"escaped keys meet plain ones", `{"a\u0062":1}`, `{"ab":2}`, `{"ab":2}`},
		{"escaped keys inside", `{"o":{"\u0061":1}}`, `{}`, `{"o":{"a":1}}`},
		{"escaped keys inside an array", `{}`, `{"l":[{"\u0061":1}]}`, `{"l":[{"a":1}]}`},
		{"space inside an array that grows", `{"l":[{"a": 1}]}`, `{"l":[{"a": 1},2]}`, `{"l":[{"a":1},2]}`},
		{"nulls alike in document and patch", `{"b":1,"a":{"x":null}}`, `{"b":2,"a":{"x":null}}`, `{"a":{},"b":2}`},
		{"keys are escaped again", `{"\"\\\n":1}`, `{}`, `{"\"\\\u000a":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Merge(raw(tt.doc), raw(tt.patch))
			if err != nil || string(got) != tt.want {
				t.Errorf("Merge(%s, %s) = %s, %v; want %s", tt.doc, tt.patch, got, err, tt.want)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"equal", `{"a":1,"b":{"c":[1]}}`, `{"b":{"c":[1]},"a":1}`, `{}`},
		{"changed", `{"a":1,"b":2}`, `{"a":1,"b":3}`, `{"b":3}`},
		{"gone", `{"a":1,"b":2}`, `{"a":1}`, `{"b":null}`},
		{"nested", `{"a":{"b":1,"c":2},"x":1}`, `{"a":{"b":1,"c":3},"x":1}`, `{"a":{"c":3}}`},
		{"gone and new in one object", `{"a":{"b":1}}`, `{"a":{"c":1}}`, `{"a":{"b":null,"c":1}}`},
		{"number values", `{"a":1,"b":-0,"c":0.5,"d":100}`, `{"a":1.0,"b":0,"c":5e-1,"d":1e2}`, `{}`},
		{"big integers", `{"a":9007199254740993}`, `{"a":9007199254740992}`, `{"a":9007199254740992}`},
		{"text values", `{"a":"\u00e9\/"}`, `{"a":"é/"}`, `{}`},
		{"scalar to object", `{"a":1}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		{"object to scalar", `{"a":{"b":1}}`, `{"a":1}`, `{"a":1}`},
		{"to an empty object", `{"a":{"b":1}}`, `{"a":{}}`, `{"a":{"b":null}}`},
		{"new empty object", `{}`, `{"a":{}}`, `{"a":{}}`},
		{"array order matters", `{"a":[1,2]}`, `{"a":[2,1]}`, `{"a":[2,1]}`},
		{"array numbers by value", `{"a":[1,{"b":2}]}`, `{"a":[1.0,{"b":2e0}]}`, `{}`},
		{"null member is absent", `{"a":null}`, `{"b":null}`, `{}`},
		{"from nothing", ``, `{"a":1}`, `{"a":1}`},
		{"to nothing", `{"a":1}`, ``, `null`},
		{"nothing at all", ``, ``, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Diff(raw(tt.old), raw(tt.new))
			if err != nil || string(got) != tt.want {
				t.Errorf("Diff(%s, %s) = %s, %v; want %s", tt.old, tt.new, got, err, tt.want)
			}
		})
	}
}

// The rows with objects and lists were observed on the service itself by the
// moto project's verified tests.
func TestDelta(t *testing.T) {
	tests := []struct{ name, desired, reported, want string }{
		{"flipped", `{"online":true}`, `{"online":false}`, `{"online":true}`},
		{"met, more reported", `{"enabled":true}`, `{"online":false,"enabled":true}`, `{}`},
		{"nothing reported", `{"enabled":true}`, ``, `{"enabled":true}`},
		{"nothing desired", ``, `{"online":false}`, `{}`},
		{"other key", `{"enabled":true}`, `{"online":true}`, `{"enabled":true}`},
		{"shorter list", `{"list":["v1"]}`, `{"list":["v1","v2"]}`, `{"list":["v1"]}`},
		{"nested list", `{"list":[["v1"]]}`, `{"list":[["v1"],["v2"]]}`, `{"list":[["v1"]]}`},
		{"list in an object", `{"a":{"b":["c","d"]}}`, `{"a":{"b":["d"]}}`, `{"a":{"b":["c","d"]}}`},
		{"only the nested difference", `{"a":{"b":{"c":"d2"}}}`, `{"a":{"b":{"c":"d","e":"f"}}}`, `{"a":{"b":{"c":"d2"}}}`},
		{"new branch", `{"a1":{"b1":{"c":"d"}},"a2":{"b2":"s"}}`, `{"a1":{"b1":{"c":"d"}}}`, `{"a2":{"b2":"s"}}`},
		{"new leaf in a branch", `{"a":{"b1":{"c":"d"},"b2":"s"}}`, `{"a":{"b1":{"c":"d"}}}`, `{"a":{"b2":"s"}}`},
		{"empty object not reported", `{"a":1,"d":{}}`, `{"a":1}`, `{"d":{}}`},
		{"empty object met by a full one", `{"d":{}}`, `{"d":{"x":1}}`, `{}`},
		{"part of an object met", `{"a":{"b":1}}`, `{"a":{"b":1,"c":2}}`, `{}`},
		{"object against scalar", `{"a":{"b":1}}`, `{"a":5}`, `{"a":{"b":1}}`},
		{"numbers by value", `{"a":1,"b":[2.0]}`, `{"a":1.0,"b":[2]}`, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Delta(raw(tt.desired), raw(tt.reported))
			if err != nil || string(got) != tt.want {
				t.Errorf("Delta(%s, %s) = %s, %v; want %s", tt.desired, tt.reported, got, err, tt.want)
			}
		})
	}
}

func TestMerge3(t *testing.T) {
	tests := []struct{ name, base, local, remote, want string }{
		{"changes apart", `{"a":1,"b":1}`, `{"a":2,"b":1}`, `{"a":1,"b":2}`, `{"a":2,"b":2}`},
		{"conflict", `{"a":1}`, `{"a":2}`, `{"a":3}`, `{"a":2}`},
		{"same change", `{"a":1}`, `{"a":2}`, `{"a":2.0}`, `{"a":2}`},
		{"local deleted", `{"a":1,"b":1}`, `{"b":1}`, `{"a":1,"b":2}`, `{"b":2}`},
		{"remote deleted", `{"a":1,"b":1}`, `{"a":1,"b":2}`, `{"b":1}`, `{"b":2}`},
		{"local deleted, remote changed", `{"a":1}`, `{}`, `{"a":2}`, `{}`},
		{"local changed, remote deleted", `{"a":1}`, `{"a":2}`, `{}`, `{"a":2}`},
		{"both added", `{}`, `{"a":1,"x":1}`, `{"b":1,"x":2}`, `{"a":1,"b":1,"x":1}`},
		{"nested", `{"o":{"a":1,"b":1}}`, `{"o":{"a":2,"b":1}}`, `{"o":{"a":1,"b":2,"c":3}}`, `{"o":{"a":2,"b":2,"c":3}}`},
		{"arrays are values", `{"a":[1]}`, `{"a":[1,2]}`, `{"a":[1,3]}`, `{"a":[1,2]}`},
		{"object against scalar", `{"a":1}`, `{"a":{"x":1}}`, `{"a":2}`, `{"a":{"x":1}}`},
		{"no base", ``, `{"a":1,"x":1}`, `{"b":1,"x":2}`, `{"a":1,"b":1,"x":1}`},
		{"no remote", `{"a":1}`, `{"a":1}`, ``, ``},
		{"no remote, local changed", `{"a":1}`, `{"a":2}`, ``, `{"a":2}`},
		{"no local", `{"a":1}`, ``, `{"a":2}`, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Merge3(raw(tt.base), raw(tt.local), raw(tt.remote))
			if err != nil || string(got) != tt.want {
				t.Errorf("Merge3(%s, %s, %s) = %s, %v; want %s", tt.base, tt.local, tt.remote, got, err, tt.want)
			}
		})
	}
}

func TestManyMembers(t *testing.T) {
	const n = 20_000
	write := func(order func(i int) int) raw {
		doc := []byte("{")
		for i := range n {
			doc = fmt.Appendf(doc, `"common-%05d":%d,`, order(i), order(i))
		}
		return append(doc[:len(doc)-1], '}')
	}
	sorted := write(func(i int) int { return i })
	for name, order := range map[string]func(i int) int{
		"reversed": func(i int) int { return n - 1 - i },
		"mixed":    func(i int) int { return i * 7919 % n },
		"halves":   func(i int) int { return (i + n/2) % n },
	} {
		doc := write(order)
		got, err := Merge(doc, raw(`{}`))
		if err != nil || string(got) != string(sorted) {
			t.Errorf("%s: Merge of %d members is not sorted, %v", name, n, err)
		}
		if got, err := Diff(doc, sorted); err != nil || string(got) != "{}" {
			t.Errorf("%s: Diff = %.100s, %v; want {}", name, got, err)
		}
		twice := append(doc[:len(doc)-1:len(doc)-1], `,"common-12345":0}`...)
		if _, err := Merge(twice, nil); !errors.Is(err, ErrDuplicateKey) {
			t.Errorf("%s: Merge of a key that is there twice = %v; want %v", name, err, ErrDuplicateKey)
		}
	}
}

func TestHostileDocuments(t *testing.T) {
	tests := []struct {
		name, doc string
		want      error
	}{
		{"deep objects", strings.Repeat(`{"a":`, 1_000_000), ErrDepth},
		{"deep arrays", strings.Repeat(`[`, 1_000_000), ErrDepth},
		{"deep and closed", strings.Repeat(`[`, maxNesting+1) + strings.Repeat(`]`, maxNesting+1), ErrDepth},
		{"key twice", `{"a":1,"b":2,"a":3}`, ErrDuplicateKey},
		{"key twice, escaped", `{"a":1,"\u0061":3}`, ErrDuplicateKey},
		{"key twice, null", `{"a":1,"a":null}`, ErrDuplicateKey},
		{"key twice in an array", `{"x":[{"a":1,"a":1}]}`, ErrDuplicateKey},
		{"bad UTF-8 in a value", "{\"a\":\"\xff\"}", ErrEncoding},
		{"bad UTF-8 in a key", "{\"\xc3\":1}", ErrEncoding},
		{"half a surrogate pair", `{"a":"\ud800"}`, ErrSyntax},
		{"pair the wrong way", `{"a":"\udc00\ud800"}`, ErrSyntax},
		{"control character", "{\"a\":\"\n\"}", ErrSyntax},
		{"bad escape", `{"a":"\x"}`, ErrSyntax},
		{"short escape", `{"a":"\u12"}`, ErrSyntax},
		{"sign in an escape", `{"a":"\u+123"}`, ErrSyntax},
		{"text after", `{} {}`, ErrSyntax},
		{"trailing comma", `{"a":1,}`, ErrSyntax},
		{"trailing comma in an array", `[1,]`, ErrSyntax},
		{"no colon", `{"a" 1}`, ErrSyntax},
		{"bare key", `{a:1}`, ErrSyntax},
		{"leading zero", `01`, ErrSyntax},
		{"plus", `+1`, ErrSyntax},
		{"bare point", `1.`, ErrSyntax},
		{"bare exponent", `1e`, ErrSyntax},
		{"minus alone", `-`, ErrSyntax},
		{"cut off", `{"a":"b`, ErrSyntax},
		{"cut off in a literal", `tru`, ErrSyntax},
		{"not a number", `NaN`, ErrSyntax},
		{"zero byte", "\x00", ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Merge(raw(tt.doc), raw(`{}`))
			var de *DocumentError
			if !errors.Is(err, tt.want) || !errors.As(err, &de) {
				t.Errorf("Merge(hostile) = %v; want %v in a DocumentError", err, tt.want)
			}
			if de != nil && (de.Offset < 0 || de.Offset > len(tt.doc)) {
				t.Errorf("Offset = %d; want one inside the document of %d bytes", de.Offset, len(tt.doc))
			}
			for _, f := range []func(a, b json.RawMessage) (json.RawMessage, error){
				Diff, Delta,
				func(a, b json.RawMessage) (json.RawMessage, error) { return Merge3(a, b, nil) },
				func(a, b json.RawMessage) (json.RawMessage, error) { return Merge3(nil, a, b) },
			} {
				if _, err := f(raw(tt.doc), raw(`{}`)); err == nil {
					t.Error("hostile first argument taken; want an error")
				}
				if _, err := f(raw(`{}`), raw(tt.doc)); err == nil {
					t.Error("hostile second argument taken; want an error")
				}
			}
		})
	}
}

func TestNumbersByValue(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"1", "1.0", true},
		{"1", "1e0", true},
		{"1", "10E-1", true},
		{"1", "0.1e+1", true},
		{"0", "-0.0e7", true},
		{"0.00120", "12e-4", true},
		{"120", "1.2e2", true},
		{"1e999999999", "10e999999998", true},
		{"1e99999999999999999999", "1e99999999999999999999", true},
		{"1e99999999999999999999", "10e99999999999999999998", false},
		{"0", "0e99999999999999999999", true},
		{"-0", "0", true},
		{"-0.0", "0E-5", true},
		{"-1.50e1", "-15", true},
		{"0.001e3", "1", true},
		{"1e400", "1e401", false},
		{"1e-999999999", "0", false},
		{"1", "-1", false},
		{"1", "10", false},
		{"1.05", "1.5", false},
		{"0.1", "0.10000000000000000000001", false},
		{"9007199254740993", "9007199254740992", false},
	}
	for _, tt := range tests {
		if got := equalNumber([]byte(tt.a), []byte(tt.b)); got != tt.want {
			t.Errorf("equalNumber(%s, %s) = %v; want %v", tt.a, tt.b, got, tt.want)
		}
		if got := equalNumber([]byte(tt.b), []byte(tt.a)); got != tt.want {
			t.Errorf("equalNumber(%s, %s) = %v; want %v", tt.b, tt.a, got, tt.want)
		}
	}
}

func TestValidate(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":`, n-1) + "{}" + strings.Repeat("}", n-1) }
	tests := []struct {
		name, doc string
		limits    Limits
		want      error
	}{
		{"nothing", ``, Limits{}, nil},
		{"object", `{"a":[1,{"b":"c"}]}`, Limits{}, nil},
		{"six levels", nested(6), Limits{}, nil},
		{"seven levels", nested(7), Limits{}, ErrDepth},
		{"seven levels allowed", nested(7), Limits{Depth: 7}, nil},
		{"beyond what is parsed at all", nested(maxNesting + 1), Limits{Depth: 1 << 30}, ErrDepth},
		{"levels of arrays", `{"a":[[[[[1]]]]]}`, Limits{}, nil},
		{"too many levels of arrays", `{"a":[[[[[[1]]]]]]}`, Limits{}, ErrDepth},
		{"at the size", `{"a":"` + strings.Repeat("x", 8192-8) + `"}`, Limits{}, nil},
		{"above the size", `{"a":"` + strings.Repeat("x", 8192-7) + `"}`, Limits{}, ErrSize},
		{"space does not count", `{"a":` + strings.Repeat(" ", 9000) + `1}`, Limits{}, nil},
		{"null in an array", `{"a":[1,null]}`, Limits{}, ErrNullElement},
		{"null in an array in an array", `{"a":[[null]]}`, Limits{}, ErrNullElement},
		{"null member", `{"a":null}`, Limits{}, nil},
		{"array", `[1]`, Limits{}, ErrNotObject},
		{"scalar", `"x"`, Limits{}, ErrNotObject},
		{"not JSON", `{`, Limits{}, ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := Validate(raw(tt.doc), tt.limits); !errors.Is(err, tt.want) {
				t.Errorf("Validate(...) = %v; want %v", err, tt.want)
			}
		})
	}
}

func TestDocumentErrorText(t *testing.T) {
	_, err := Diff(raw(`{"a":1,"a":2}`), nil)
	if diff := cmp.Diff("shadow: document at byte 13: key appears twice: a", fmt.Sprint(err)); diff != "" {
		t.Errorf("error text (-want +got):\n%s", diff)
	}
}
