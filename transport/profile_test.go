package transport_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/brinkml/brink/transport"
)

func ExampleAWSIoTCore() {
	p := transport.AWSIoTCore()
	fmt.Println(p.CheckTopic("site/7/line/3/cell/2/robot"))
	fmt.Println(p.CheckTopic("a/b/c/d/e/f/g/h/i"))
	fmt.Println(p.CheckTopic("$aws/rules/store/a/b/c/d/e/f/g/h"))
	fmt.Println(p.CheckPayload(128<<10 + 1))
	// Output:
	// <nil>
	// transport: topic "a/b/c/d/e/f/g/h/i": has 8 slashes; AWS IoT Core takes 7
	// <nil>
	// transport: payload of 131073 bytes; the limit is 131072
}

func TestProfileTopics(t *testing.T) {
	aws := transport.AWSIoTCore()
	long := strings.Repeat("x", 256)
	const ingest = "$aws/rules/store/"
	for _, tc := range []struct {
		p      *transport.Profile
		topic  string
		name   string // in the error for a topic name; "" for none
		filter string // in the error for a filter
	}{
		{aws, "a/b", "", ""},
		{aws, "a/b/c/d/e/f/g/h", "", ""},
		{aws, "a/b/c/d/e/f/g/h/", "8 slashes", "8 slashes"},
		{aws, "////////", "8 slashes", "8 slashes"},
		{aws, long, "", ""},
		{aws, long + "x", "257 bytes", "257 bytes"},
		{aws, strings.Repeat("é", 129), "258 bytes", "258 bytes"},
		{aws, ingest + "a/b/c/d/e/f/g/h", "", "Basic Ingest"},
		{aws, ingest + "a/b/c/d/e/f/g/h/i", "8 slashes", "Basic Ingest"},
		{aws, ingest + long, "", "Basic Ingest"},
		{aws, ingest + long + "x", "257 bytes", "Basic Ingest"},
		{aws, "$aws/rules/" + strings.Repeat("r", 128) + "/" + long, "", "Basic Ingest"},
		{aws, "$aws/rules/store", "", "Basic Ingest"},
		{aws, "$aws/rules/+/a", "wildcard", "Basic Ingest"},
		{aws, "$share/g/$aws/rules/store/a", "", "Basic Ingest"},
		{aws, "$aws/rules//a", "names no rule", "Basic Ingest"},
		{aws, "$aws/rules/a-b/a", "names no rule", "Basic Ingest"},
		{aws, "$aws/rules/" + strings.Repeat("r", 129) + "/a", "names no rule", "Basic Ingest"},
		{aws, "$aws/rules", "", ""},
		{aws, "$aws/things/t/shadow/name/n/update/accepted", "", ""},
		{aws, "$share/g/a/b/c/d/e/f/g/h", "9 slashes", ""},
		{aws, "$share/g/" + long, "265 bytes", ""},
		{aws, "$share/g/" + long + "x", "266 bytes", "257 bytes"},
		{aws, "a/+/#", "wildcard", ""},
		{aws, "", "is empty", "is empty"},
		{aws, "a\x00", "NUL", "NUL"},
		{aws, "\xff", "UTF-8", "UTF-8"},
		{nil, strings.Repeat("/", 300), "", ""},
		{nil, strings.Repeat("x", 65536), "65,535", "65,535"},
		{&transport.Profile{}, strings.Repeat("/", 300), "", ""},
		{&transport.Profile{MaxTopicSlashes: 4}, ingest + "a/b", "", ""},
		{&transport.Profile{MaxTopicSlashes: 3}, ingest + "a/b", "the broker takes 3", "the broker takes 3"},
	} {
		for _, c := range []struct {
			what string
			f    func(string) error
			want string
		}{{"CheckTopic", tc.p.CheckTopic, tc.name}, {"CheckFilter", tc.p.CheckFilter, tc.filter}} {
			err := c.f(tc.topic)
			if c.want == "" {
				if err != nil {
					t.Errorf("%s(%.40q) = %v; want nil", c.what, tc.topic, err)
				}
				continue
			}
			var te *transport.TopicError
			if !errors.As(err, &te) || te.Topic != tc.topic || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s(%.40q) = %v; want a *TopicError with %q", c.what, tc.topic, err, c.want)
			}
		}
	}
}

func TestProfileChecks(t *testing.T) {
	aws := transport.AWSIoTCore()
	var none *transport.Profile
	id := strings.Repeat("c", 128)
	for _, tc := range []struct {
		name string
		err  error
		ok   bool
	}{
		{"payload at the limit", aws.CheckPayload(128 << 10), true},
		{"payload over it", aws.CheckPayload(128<<10 + 1), false},
		{"payload without limit", none.CheckPayload(math.MaxInt), true},
		{"id at the limit", aws.CheckClientID(id), true},
		{"id over it", aws.CheckClientID(id + "c"), false},
		{"id with $", aws.CheckClientID("$c"), false},
		{"no id", aws.CheckClientID(""), true},
		{"id without limit", none.CheckClientID("$" + id), true},
		{"AWS", aws.Check(), true},
		{"nil", none.Check(), true},
		{"negative", (&transport.Profile{MaxWindow: -1}).Check(), false},
		{"NaN", (&transport.Profile{BytesRate: math.NaN()}).Check(), false},
		{"empty range", (&transport.Profile{KeepAliveMin: 2, KeepAliveMax: 1}).Check(), false},
	} {
		if (tc.err == nil) != tc.ok {
			t.Errorf("%s: %v; want success %v", tc.name, tc.err, tc.ok)
		}
	}
}

// TestProfileRetain holds retained messages to a broker that keeps none on
// reserved topics.
func TestProfileRetain(t *testing.T) {
	aws := transport.AWSIoTCore()
	for _, tc := range []struct {
		p     *transport.Profile
		topic string
		ok    bool
	}{
		{aws, "hub/7/state", true},
		{aws, "a/$aws", true},
		{aws, "$aws/rules/store/a", false},
		{aws, "$aws/things/t/shadow/update", false},
		{nil, "$aws/rules/store/a", true},
		{&transport.Profile{}, "$a", true},
	} {
		err := tc.p.CheckRetain(tc.topic)
		var te *transport.TopicError
		if (err == nil) != tc.ok || err != nil && !errors.As(err, &te) {
			t.Errorf("CheckRetain(%q) = %v; want success %v", tc.topic, err, tc.ok)
		}
	}
}
