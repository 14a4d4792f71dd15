package shadowtest

import (
	"strings"
)

// The longest names, in characters.
const (
	maxThing  = 128
	maxShadow = 64
)

// request is one get, update or delete.
type request struct {
	key
	op      string
	payload []byte
}

func (k key) topic(suffix string) string {
	t := "$aws/things/" + k.thing + "/shadow/"
	if k.name != "" {
		t += "name/" + k.name + "/"
	}
	return t + suffix
}

// parseTopic reads a request's topic; false for every other.
func parseTopic(topic string) (request, bool) {
	p := strings.Split(topic, "/")
	if len(p) < 5 || p[0] != "$aws" || p[1] != "things" || p[3] != "shadow" {
		return request{}, false
	}
	r := request{key: key{thing: p[2]}}
	switch {
	case len(p) == 5:
		r.op = p[4]
	case len(p) == 7 && p[4] == "name":
		r.name, r.op = p[5], p[6]
		if !isName(r.name, maxShadow) {
			return request{}, false
		}
	}
	switch r.op {
	case "get", "update", "delete":
		return r, isName(r.thing, maxThing)
	}
	return request{}, false
}

// isShadowName says whether a shadow can be called so; the classic one is
// called nothing.
func isShadowName(s string) bool { return s == "" || isName(s, maxShadow) }

func isName(s string, limit int) bool {
	return s != "" && len(s) <= limit && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(":_-", r))
	}) < 0
}

// matches says whether a topic filter matches a topic (MQTT 3.1.1, section
// 4.7).
func matches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	if strings.HasPrefix(topic, "$") && f[0] != t[0] {
		return false // a wildcard does not stand for a first level that starts with $
	}
	for i, level := range f {
		switch {
		case level == "#":
			return true
		case i == len(t):
			return false
		case level != "+" && level != t[i]:
			return false
		}
	}
	return len(f) == len(t)
}
