package senml

import (
	"encoding/base64"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/brinkml/brink/transport/internal/cbor"
	"github.com/brinkml/brink/transport/payload"
	"github.com/brinkml/brink/transport/payload/internal/text"
)

// The labels of CBOR (section 6, table 4).
const (
	labelVersion   = -1
	labelBaseName  = -2
	labelBaseTime  = -3
	labelBaseUnit  = -4
	labelBaseValue = -5
	labelBaseSum   = -6
	labelName      = 0
	labelUnit      = 1
	labelValue     = 2
	labelString    = 3
	labelBool      = 4
	labelSum       = 5
	labelTime      = 6
	labelUpdateIn  = 7
	labelData      = 8
)

// names are the two parts of a record's base name and of its name, so that an
// encoder can cut them anywhere without putting them together.
type names struct{ bn, n [2]string }

func (r *Record) has(f Field, set bool) bool { return set || r.Zero&f != 0 }

// AppendJSON appends the pack as JSON, with what the records say and no more.
// Names and the rest are not checked, but text that is not UTF-8 and numbers that
// are not finite are refused with a [*SyntaxError], and an empty pack.
func (p Pack) AppendJSON(dst []byte) ([]byte, error) {
	if err := p.check(); err != nil {
		return dst, err
	}
	dst = append(dst, '[')
	for i := range p {
		if i > 0 {
			dst = append(dst, ',')
		}
		r := &p[i]
		dst = r.appendJSON(dst, names{bn: [2]string{r.BaseName}, n: [2]string{r.Name}})
	}
	return append(dst, ']'), nil
}

// AppendCBOR is AppendJSON in CBOR.
func (p Pack) AppendCBOR(dst []byte) ([]byte, error) {
	if err := p.check(); err != nil {
		return dst, err
	}
	dst = cbor.AppendHead(dst, cbor.Array, uint64(len(p)))
	for i := range p {
		r := &p[i]
		dst = r.appendCBOR(dst, names{bn: [2]string{r.BaseName}, n: [2]string{r.Name}}, false)
	}
	return dst, nil
}

// check finds what would not be JSON.
func (p Pack) check() error {
	if len(p) == 0 {
		return &SyntaxError{Err: errEmpty}
	}
	for i := range p {
		r := &p[i]
		for _, f := range [...]float64{r.BaseTime, r.BaseValue, r.BaseSum, r.Sum, r.Time, r.UpdateIn} {
			if f-f != 0 { // NaN or infinite
				return &SyntaxError{Index: i, Err: payload.ErrNotFinite}
			}
		}
		for _, s := range [...]string{r.BaseName, r.BaseUnit, r.Name, r.Unit} {
			if !utf8.ValidString(s) {
				return &SyntaxError{Index: i, Err: payload.ErrText}
			}
		}
		if err := r.Value.Check(); err != nil && !errors.Is(err, payload.ErrNoValue) {
			return &SyntaxError{Index: i, Err: err}
		}
		if r.Version < 0 {
			return &SyntaxError{Index: i, Err: ErrVersion}
		}
	}
	return nil
}

// appendJSON appends one record. The order of fields, here and in CBOR, is that
// of the RFC's examples.
func (r *Record) appendJSON(dst []byte, s names) []byte {
	start := len(dst)
	str := func(f Field, label string, s [2]string) {
		if r.has(f, s[0] != "" || s[1] != "") {
			dst = append(append(append(dst, `,"`...), label...), `":"`...)
			dst = append(text.AppendEscaped(text.AppendEscaped(dst, s[0]), s[1]), '"')
		}
	}
	num := func(f Field, label string, x float64) {
		if r.has(f, x != 0) {
			dst = append(append(append(dst, `,"`...), label...), `":`...)
			dst = text.AppendFloat(dst, x, 64)
		}
	}
	str(FieldBaseName, "bn", s.bn)
	num(FieldBaseTime, "bt", r.BaseTime)
	str(FieldBaseUnit, "bu", [2]string{r.BaseUnit})
	num(FieldBaseValue, "bv", r.BaseValue)
	num(FieldBaseSum, "bs", r.BaseSum)
	if r.Version != 0 {
		dst = strconv.AppendInt(append(dst, `,"bver":`...), int64(r.Version), 10)
	}
	str(FieldName, "n", s.n)
	str(FieldUnit, "u", [2]string{r.Unit})
	num(FieldTime, "t", r.Time)
	switch r.Value.Kind() {
	case payload.KindNone:
	case payload.KindString:
		dst = append(dst, `,"vs":`...)
	case payload.KindBool:
		dst = append(dst, `,"vb":`...)
	case payload.KindBytes:
		dst = append(dst, `,"vd":`...)
	default:
		dst = append(dst, `,"v":`...)
	}
	if r.Value.Kind() != payload.KindNone {
		dst = r.Value.AppendJSON(dst, base64.RawURLEncoding)
	}
	num(FieldSum, "s", r.Sum)
	num(FieldUpdateIn, "ut", r.UpdateIn)
	if len(dst) == start {
		dst = append(dst, '{')
	}
	dst[start] = '{'
	return append(dst, '}')
}

// appendCBOR appends one record.
func (r *Record) appendCBOR(dst []byte, s names, decimals bool) []byte {
	head := len(dst)
	dst = append(dst, 0) // a map of fewer than 24 pairs
	str := func(f Field, label int64, s [2]string) {
		if r.has(f, s[0] != "" || s[1] != "") {
			dst[head]++
			dst = cbor.AppendHead(cbor.AppendInt(dst, label), cbor.Text, uint64(len(s[0])+len(s[1])))
			dst = append(append(dst, s[0]...), s[1]...)
		}
	}
	float := func(label int64, x float64, bits int) {
		dst[head]++
		dst = cbor.AppendInt(dst, label)
		if decimals {
			dst = cbor.AppendDecimal(dst, x, bits)
		} else {
			dst = cbor.AppendFloat(dst, x)
		}
	}
	num := func(f Field, label int64, x float64) {
		if r.has(f, x != 0) {
			float(label, x, 64)
		}
	}
	str(FieldBaseName, labelBaseName, s.bn)
	num(FieldBaseTime, labelBaseTime, r.BaseTime)
	str(FieldBaseUnit, labelBaseUnit, [2]string{r.BaseUnit})
	num(FieldBaseValue, labelBaseValue, r.BaseValue)
	num(FieldBaseSum, labelBaseSum, r.BaseSum)
	if r.Version != 0 {
		dst[head]++
		dst = cbor.AppendInt(cbor.AppendInt(dst, labelVersion), int64(r.Version))
	}
	str(FieldName, labelName, s.n)
	str(FieldUnit, labelUnit, [2]string{r.Unit})
	num(FieldTime, labelTime, r.Time)
	switch r.Value.Kind() {
	case payload.KindNone:
	case payload.KindString:
		dst[head]++
		dst = cbor.AppendText(cbor.AppendInt(dst, labelString), r.Value.Str())
	case payload.KindBool:
		dst[head]++
		dst = cbor.AppendBool(cbor.AppendInt(dst, labelBool), r.Value.Bool())
	case payload.KindBytes:
		dst[head]++
		dst = cbor.AppendBytes(cbor.AppendInt(dst, labelData), r.Value.Bytes())
	case payload.KindInt:
		dst[head]++
		dst = cbor.AppendInt(cbor.AppendInt(dst, labelValue), r.Value.Int64())
	case payload.KindFloat32:
		float(labelValue, r.Value.Float64(), 32)
	default:
		float(labelValue, r.Value.Float64(), 64)
	}
	num(FieldSum, labelSum, r.Sum)
	num(FieldUpdateIn, labelUpdateIn, r.UpdateIn)
	dst[head] |= cbor.Map << 5
	return dst
}
