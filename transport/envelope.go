package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Envelope is a payload with the identity of its message, as a lane with
// Lane.Envelope sends it: a JSON object with the payload as it is when that is
// JSON,
//
//	{"device":"hub-7","epoch":1753000003,"lane":"alarm","seq":17,"data":{"t":21.5}}
//
// and otherwise in base64, as "data_base64" in place of "data". An AtMostOnce
// message has "once":true besides. Device, epoch, lane and sequence are the
// same each time the message is sent and of no other message: see
// [Outbox.Epoch], [Receipt.Seq], and [Dedup] for a consumer that acts once.
type Envelope struct {
	Device string
	Epoch  uint64
	Lane   string
	Seq    uint64 // as in Receipt.Seq, with the highest bit for AtMostOnce
	Data   []byte // the payload of the message
}

// ErrEnvelope reports bytes that [ParseEnvelope] does not take. Errors that
// wrap it say why.
var ErrEnvelope = errors.New("transport: not an envelope")

// maxEnvelope bounds what ParseEnvelope reads: four thirds of the longest
// payload, and its header.
const maxEnvelope = 64<<20/3*4 + 4096

// ParseEnvelope reads the payload of a message, or of one in a batch, from a
// lane with Lane.Envelope. Fields it does not know are left out. The result
// does not alias b.
func ParseEnvelope(b []byte) (Envelope, error) {
	if len(b) > maxEnvelope {
		return Envelope{}, fmt.Errorf("%w: %d bytes", ErrEnvelope, len(b))
	}
	var f struct {
		Device *string         `json:"device"`
		Epoch  uint64          `json:"epoch"`
		Lane   string          `json:"lane"`
		Seq    uint64          `json:"seq"`
		Once   bool            `json:"once"`
		Data   json.RawMessage `json:"data"`
		Base64 *string         `json:"data_base64"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return Envelope{}, fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	bad := func(why string) (Envelope, error) { return Envelope{}, fmt.Errorf("%w: %s", ErrEnvelope, why) }
	switch {
	case f.Device == nil || *f.Device == "" || !validDevice(*f.Device):
		return bad("no valid device")
	case !validLane(f.Lane):
		return bad("no valid lane")
	case f.Epoch == 0:
		return bad("no epoch")
	case f.Seq == 0 || f.Seq&onceBit != 0:
		return bad("no valid seq")
	case (f.Data == nil) == (f.Base64 == nil):
		return bad("not one of data and data_base64")
	}
	e := Envelope{Device: *f.Device, Epoch: f.Epoch, Lane: f.Lane, Seq: f.Seq, Data: f.Data}
	if f.Once {
		e.Seq |= onceBit
	}
	if f.Base64 != nil {
		var err error
		if e.Data, err = base64.StdEncoding.DecodeString(*f.Base64); err != nil {
			return Envelope{}, fmt.Errorf("%w: data_base64: %w", ErrEnvelope, err)
		}
	}
	return e, nil
}

func validDevice(s string) bool {
	return len(s) <= 256 && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

func validLane(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// isJSON reports whether a payload can stand in an envelope as it is, for
// readers that are strict about UTF-8 too.
func isJSON(payload []byte) bool { return json.Valid(payload) && utf8.Valid(payload) }

// jsonString quotes a device's or a lane's name.
func jsonString(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string in memory
	return strings.TrimSuffix(b.String(), "\n")
}

// wraps reports whether a payload goes in an envelope.
func (q *queue) wraps(retain bool, size int) bool {
	return q.Envelope && (!retain || size > 0)
}

// wireSize is what a message's payload takes in a packet.
func (q *queue) wireSize(it *item) int {
	if !q.wraps(it.retain, len(it.payload)) {
		return len(it.payload)
	}
	it.json = isJSON(it.payload)
	return q.envelopeSize(it.epoch, it.seq, it.payload, it.json)
}

func (q *queue) envelopeSize(epoch, seq uint64, payload []byte, json bool) int {
	var room [512]byte
	n := len(q.appendHead(room[:0], epoch, seq))
	if json {
		return n + len(`,"data":}`) + len(payload)
	}
	return n + len(`,"data_base64":""}`) + base64.StdEncoding.EncodedLen(len(payload))
}

func (q *queue) appendHead(b []byte, epoch, seq uint64) []byte {
	b = append(b, `{"device":`...)
	b = append(b, q.device...)
	b = append(b, `,"epoch":`...)
	b = strconv.AppendUint(b, epoch, 10)
	b = append(b, `,"lane":"`...)
	b = append(b, q.Name...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, seq&^onceBit, 10)
	if seq&onceBit != 0 {
		b = append(b, `,"once":true`...)
	}
	return b
}

// appendPayload appends a message's payload as it is sent.
func (q *queue) appendPayload(b []byte, it *item) []byte {
	if !q.wraps(it.retain, len(it.payload)) {
		return append(b, it.payload...)
	}
	b = q.appendHead(b, it.epoch, it.seq)
	if it.json {
		b = append(b, `,"data":`...)
		b = append(b, it.payload...)
		return append(b, '}')
	}
	b = append(b, `,"data_base64":"`...)
	b = base64.StdEncoding.AppendEncode(b, it.payload)
	return append(b, `"}`...)
}
