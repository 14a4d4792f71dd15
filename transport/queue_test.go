package transport

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestMatches(t *testing.T) {
	for _, tc := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a", false},
		{"a", "a/b", false},
		{"a/b", "a/b/", false},
		{"+", "a", true},
		{"+", "a/b", false},
		{"+/+", "/a", true},
		{"/+", "/a", true},
		{"a/+/c", "a//c", true},
		{"a/+", "a", false},
		{"#", "a/b", true},
		{"a/#", "a", true},
		{"a/#", "a/b/c", true},
		{"a/#", "ab", false},
		{"+/#", "a", true},
		{"#", "$SYS/x", false},
		{"+/x", "$SYS/x", false},
		{"$SYS/#", "$SYS/x", true},
		{"$share/g/a/+", "a/b", true},
		{"$share/g/a/+", "b/b", false},
	} {
		if got := matches(tc.filter, tc.topic); got != tc.want {
			t.Errorf("matches(%q, %q) = %v; want %v", tc.filter, tc.topic, got, tc.want)
		}
	}
}

func FuzzTopics(f *testing.F) {
	f.Add("a/+/#", "a/b/c")
	f.Add("$share/g/+", "$SYS")
	f.Add("", "/")
	f.Fuzz(func(t *testing.T, filter, topic string) {
		if checkFilter(filter) != nil || checkTopic(topic) != nil {
			return
		}
		got := matches(filter, topic)
		if !strings.ContainsAny(filter, "+#") && !strings.HasPrefix(filter, "$share/") && got != (filter == topic) {
			t.Errorf("matches(%q, %q) = %v without a wildcard", filter, topic, got)
		}
		if checkFilter(topic) == nil && !strings.HasPrefix(topic, "$share/") && !matches(topic, topic) {
			t.Errorf("matches(%q, itself) = false", topic)
		}
	})
}

func FuzzParseMessage(f *testing.F) {
	f.Add(byte(1), appendMessage(nil, &Message{Topic: "a/b", ID: "id", Payload: []byte("p"), Expiry: time.Hour}, 7, time.Minute))
	f.Add(byte(0), []byte{1, 2, 3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0})
	f.Fuzz(func(t *testing.T, flags byte, b []byte) {
		it, err := parseMessage(flags, b)
		if err != nil {
			return
		}
		again := appendMessage(nil, &Message{Topic: it.topic, ID: it.id, Payload: it.payload, Expiry: it.expiry}, it.epoch, it.clock)
		back, err := parseMessage(flags, again)
		if err != nil || back.topic != it.topic || back.id != it.id || !bytes.Equal(back.payload, it.payload) ||
			back.expiry != it.expiry || back.clock != it.clock || back.epoch != it.epoch || back.retain != it.retain {
			t.Errorf("%+v became %+v, %v", it, back, err)
		}
	})
}
