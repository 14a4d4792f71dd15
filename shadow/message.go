package shadow

import (
	"encoding/json"
	"strconv"
)

// maxMessage is the longest payload that is looked at: MQTT's limit on the AWS
// broker, 128 KiB.
const maxMessage = 128 << 10

// message is what the service sends, whichever topic it is on.
type message struct {
	topic   string // without the shadow's prefix
	token   string
	version int64 // 0 when missing
	code    int
	text    string
	state   value // a patch on update/accepted, a document elsewhere; null and absent are told apart
}

func parseMessage(topic string, payload []byte) (message, error) {
	if len(payload) > maxMessage {
		return message{}, &DocumentError{Offset: maxMessage, Err: ErrSize}
	}
	v, err := parse(payload, keepNulls)
	if err != nil {
		return message{}, err
	}
	if v.kind() != object {
		return message{}, &DocumentError{Err: ErrNotObject}
	}
	return message{
		topic:   topic,
		token:   v.get([]byte("clientToken")).text(),
		version: v.get([]byte("version")).int(),
		code:    int(v.get([]byte("code")).int()),
		text:    v.get([]byte("message")).text(),
		state:   v.get([]byte("state")),
	}, nil
}

// text is a string's value, empty for anything else.
func (v value) text() string {
	if v.kind() != text {
		return ""
	}
	raw := v.raw()
	return string(appendUnescaped(nil, raw[1:len(raw)-1]))
}

// int is a number's value, 0 for anything that is no whole number of 63 bits.
func (v value) int() int64 {
	if v.kind() != number {
		return 0
	}
	n, err := strconv.ParseInt(string(v.raw()), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// section returns a section of a message's state as a document of its own; nil
// when it is missing or empty.
func (m message) section(r Rules, name string) json.RawMessage {
	v := m.state.get([]byte(name))
	if v.kind() != object {
		return nil
	}
	// Merging into nothing drops null members, which a full document does not
	// hold but a hostile one may.
	doc, err := r.Merge(nil, v.raw())
	if err != nil {
		return nil // it was parsed before
	}
	return section(doc)
}

// section drops an empty section, as the service does when the last field of
// one goes.
func section(doc json.RawMessage) json.RawMessage {
	if len(doc) == 0 || string(doc) == "{}" {
		return nil
	}
	return doc
}

// updateRequest writes an update of one section.
func updateRequest(token, name string, patch json.RawMessage, version int64) []byte {
	b := append([]byte(`{"state":{"`), name...)
	b = append(append(b, `":`...), patch...)
	b = append(b, '}')
	if version > 0 {
		b = strconv.AppendInt(append(b, `,"version":`...), version, 10)
	}
	return append(append(append(b, `,"clientToken":"`...), token...), `"}`...)
}

func getRequest(token string) []byte {
	return []byte(`{"clientToken":"` + token + `"}`)
}
