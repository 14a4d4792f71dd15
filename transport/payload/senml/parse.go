package senml

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/brinkml/brink/transport/internal/cbor"
	"github.com/brinkml/brink/transport/payload"
)

// field is a value of a field before it is known which.
type field struct {
	kind byte // 's'tring, 'n'umber, 'b'ool, 'd'ata
	str  string
	num  payload.Value
	yes  bool
	data []byte
}

// set puts a field into the record. seen has a bit for each label. It reports
// whether the label is one of the RFC's.
func (r *Record) set(label int64, f field, seen *uint16) (bool, error) {
	if label < labelBaseSum || label > labelData {
		return false, nil
	}
	bit := uint16(1) << (label - labelBaseSum)
	if *seen&bit != 0 {
		return true, errTwice
	}
	*seen |= bit
	str := func(to *string, z Field) error {
		if f.kind != 's' {
			return errType
		}
		if *to = f.str; f.str == "" {
			r.Zero |= z
		}
		return nil
	}
	num := func(to *float64, z Field) error {
		if f.kind != 'n' {
			return errType
		}
		if *to = f.num.Float64(); *to == 0 {
			r.Zero |= z
		}
		return nil
	}
	value := func(kind byte, v payload.Value) error {
		switch {
		case f.kind != kind:
			return errType
		case r.Value.Kind() != payload.KindNone:
			return errValues
		}
		r.Value = v
		return nil
	}
	switch label {
	case labelBaseName:
		return true, str(&r.BaseName, FieldBaseName)
	case labelBaseTime:
		return true, num(&r.BaseTime, FieldBaseTime)
	case labelBaseUnit:
		return true, str(&r.BaseUnit, FieldBaseUnit)
	case labelBaseValue:
		return true, num(&r.BaseValue, FieldBaseValue)
	case labelBaseSum:
		return true, num(&r.BaseSum, FieldBaseSum)
	case labelVersion:
		v := f.num.Float64()
		if f.kind != 'n' {
			return true, errType
		}
		if v != float64(int(v)) || v < 1 || v > Version {
			return true, ErrVersion
		}
		r.Version = int(v)
		return true, nil
	case labelName:
		return true, str(&r.Name, FieldName)
	case labelUnit:
		return true, str(&r.Unit, FieldUnit)
	case labelValue:
		return true, value('n', f.num)
	case labelString:
		return true, value('s', payload.String(f.str))
	case labelBool:
		return true, value('b', payload.Bool(f.yes))
	case labelData:
		return true, value('d', payload.Bytes(f.data))
	case labelSum:
		return true, num(&r.Sum, FieldSum)
	case labelTime:
		return true, num(&r.Time, FieldTime)
	}
	return true, num(&r.UpdateIn, FieldUpdateIn)
}

// add takes a record up if there is room and its version is that of the pack,
// which is the first record's.
func (p *Pack) add(r Record) error {
	if len(*p) == payload.MaxRecords {
		return errMany
	}
	if len(*p) > 0 && r.Version != 0 && r.Version != (*p).version() {
		return ErrVersion
	}
	*p = append(*p, r)
	return nil
}

func (p Pack) version() int {
	if v := p[0].Version; v != 0 {
		return v
	}
	return Version
}

// ParseJSON reads a pack of JSON. The error is a [*SyntaxError], which wraps
// [ErrVersion], [ErrLabel] and payload.ErrNotFinite where it is that.
func ParseJSON(b []byte) (Pack, error) {
	if !utf8.Valid(b) {
		return nil, &SyntaxError{Err: errUTF8}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, &SyntaxError{Err: errForm}
	}
	var p Pack
	for d.More() {
		r, label, err := parseRecord(d)
		if err == nil {
			label, err = "", p.add(r)
		}
		if err != nil {
			return nil, &SyntaxError{len(p), label, err}
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, &SyntaxError{Index: len(p), Err: err}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &SyntaxError{Index: len(p), Err: errAfter}
	}
	if len(p) == 0 {
		return nil, &SyntaxError{Err: errEmpty}
	}
	return p, nil
}

// parseRecord reads one object. A label that it returns is where the error is.
func parseRecord(d *json.Decoder) (r Record, label string, err error) {
	t, err := d.Token()
	if err != nil {
		return r, "", err
	}
	if t != json.Delim('{') {
		return r, "", errForm
	}
	var seen uint16
	for d.More() {
		if t, err = d.Token(); err != nil {
			return r, "", err
		}
		label, _ = t.(string)
		number, known := labels(label)
		if !known {
			if strings.HasSuffix(label, "_") {
				return r, label, ErrLabel
			}
			var skip json.RawMessage
			if err = d.Decode(&skip); err != nil {
				return r, label, err
			}
			continue
		}
		if t, err = d.Token(); err != nil {
			return r, label, err
		}
		var f field
		switch t := t.(type) {
		case string:
			f = field{kind: 's', str: t}
			if number == labelData {
				f.kind = 'd'
				if f.data, err = base64.RawURLEncoding.DecodeString(t); err != nil {
					return r, label, err
				}
			}
		case json.Number:
			f.kind = 'n'
			if f.num, err = payload.ParseNumber(t.String()); err != nil {
				return r, label, err
			}
		case bool:
			f = field{kind: 'b', yes: t}
		default:
			return r, label, errType
		}
		if _, err = r.set(number, f, &seen); err != nil {
			return r, label, err
		}
	}
	_, err = d.Token()
	return r, "", err
}

// labels is the number of a label of JSON.
func labels(s string) (int64, bool) {
	switch s {
	case "bn":
		return labelBaseName, true
	case "bt":
		return labelBaseTime, true
	case "bu":
		return labelBaseUnit, true
	case "bv":
		return labelBaseValue, true
	case "bs":
		return labelBaseSum, true
	case "bver":
		return labelVersion, true
	case "n":
		return labelName, true
	case "u":
		return labelUnit, true
	case "v":
		return labelValue, true
	case "vs":
		return labelString, true
	case "vb":
		return labelBool, true
	case "vd":
		return labelData, true
	case "s":
		return labelSum, true
	case "t":
		return labelTime, true
	case "ut":
		return labelUpdateIn, true
	}
	return 0, false
}

// ParseCBOR reads a pack of CBOR, of definite length or not, with the errors of
// [ParseJSON]. The pack does not alias b.
func ParseCBOR(b []byte) (Pack, error) {
	d := cbor.NewReader(b)
	h, err := d.Head()
	if err != nil || h.Major != cbor.Array {
		return nil, &SyntaxError{Err: errForm}
	}
	var p Pack
	for i := uint64(0); h.Open || i < h.Arg; i++ {
		next, err := d.Head()
		if err == nil && h.Open && next.Break() {
			break
		}
		var r Record
		label := ""
		if err == nil {
			r, label, err = readRecord(d, next)
		}
		if err == nil {
			label, err = "", p.add(r)
		}
		if err != nil {
			return nil, &SyntaxError{len(p), label, err}
		}
	}
	switch {
	case d.Len() > 0:
		return nil, &SyntaxError{Index: len(p), Err: errAfter}
	case len(p) == 0:
		return nil, &SyntaxError{Err: errEmpty}
	}
	return p, nil
}

// readRecord reads one map. A label that it returns is where the error is.
func readRecord(d *cbor.Reader, h cbor.Head) (r Record, label string, err error) {
	if h.Major != cbor.Map {
		return r, "", errForm
	}
	var seen uint16
	for i := uint64(0); h.Open || i < h.Arg; i++ {
		key, err := d.Head()
		if err != nil {
			return r, "", err
		}
		if h.Open && key.Break() {
			break
		}
		number := int64(1 << 30) // none of the RFC's
		switch key.Major {
		case cbor.Text:
			s, err := d.String(key)
			if err != nil {
				return r, "", err
			}
			if label = string(s); strings.HasSuffix(label, "_") {
				return r, label, ErrLabel
			}
		default:
			n, err := d.Int(key)
			if err != nil {
				return r, "", err
			}
			number, label = n, strconv.FormatInt(n, 10)
		}
		v, err := d.Head()
		if err != nil {
			return r, label, err
		}
		if number < labelBaseSum || number > labelData {
			if err = d.Skip(v); err != nil {
				return r, label, err
			}
			continue
		}
		f, err := readField(d, v)
		if err != nil {
			return r, label, err
		}
		if number == labelVersion && v.Major != cbor.Uint {
			return r, label, errType
		}
		if _, err = r.set(number, f, &seen); err != nil {
			return r, label, err
		}
	}
	return r, "", nil
}

// readField reads a value of one of the types that fields have.
func readField(d *cbor.Reader, h cbor.Head) (f field, err error) {
	switch {
	case h.Major == cbor.Text:
		s, err := d.String(h)
		return field{kind: 's', str: string(s)}, err
	case h.Major == cbor.Bytes:
		s, err := d.String(h)
		return field{kind: 'd', data: append([]byte{}, s...)}, err
	case h.Major == cbor.Simple && (h.Info == 20 || h.Info == 21):
		return field{kind: 'b', yes: h.Info == 21}, nil
	}
	x, err := d.Float(h)
	if errors.Is(err, cbor.ErrNumber) && h.Major == cbor.Simple && h.Info >= 25 {
		return f, payload.ErrNotFinite
	}
	if err != nil {
		return f, err
	}
	f = field{kind: 'n', num: payload.Float(x)}
	if n, err := d.Int(h); err == nil && (x >= 1<<63 || int64(x) != n) {
		f.num = payload.Int(n)
	}
	return f, nil
}
