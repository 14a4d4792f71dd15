package awsiot_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot"
)

// The example of the service's own documentation.
func ExampleRuleTopic() {
	fmt.Println(awsiot.RuleTopic("BuildingManager", "Buildings/Building5/Floor2/Room201/Lights"))
	fmt.Println(awsiot.RuleTopic("Building-Manager", "Lights"))
	// Output:
	// $aws/rules/BuildingManager/Buildings/Building5/Floor2/Room201/Lights <nil>
	//  awsiot: topic "Building-Manager": the rule's name has other characters than letters, digits and '_'
}

func TestRuleTopic(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, tc := range []struct {
		rule, topic, want string // want is "" for a refusal
		reason            string
	}{
		{"r", "a", "$aws/rules/r/a", ""},
		{"R_2", "", "$aws/rules/R_2", ""},
		{strings.Repeat("r", 128), "a", "$aws/rules/" + strings.Repeat("r", 128) + "/a", ""},
		{"r", "a/b/c/d/e/f/g/h", "$aws/rules/r/a/b/c/d/e/f/g/h", ""},
		{"r", long, "$aws/rules/r/" + long, ""},
		{"r", "/", "$aws/rules/r//", ""},
		{"", "a", "", "0 characters"},
		{strings.Repeat("r", 129), "a", "", "129 characters"},
		{"r-1", "a", "", "other characters"},
		{"r/1", "a", "", "other characters"},
		{"é", "a", "", "other characters"},
		{"r", "a/b/c/d/e/f/g/h/i", "", "8 slashes"},
		{"r", long + "x", "", "257 bytes"},
		{"r", strings.Repeat("é", 129), "", "258 bytes"},
		{"r", "a/+", "", "wildcard"},
		{"r", "#", "", "wildcard"},
		{"r", "a\x00", "", "NUL"},
		{"r", "\xff", "", "UTF-8"},
	} {
		got, err := awsiot.RuleTopic(tc.rule, tc.topic)
		if got != tc.want {
			t.Errorf("RuleTopic(%.20q, %.20q) = %.40q, %v; want %.40q", tc.rule, tc.topic, got, err, tc.want)
		}
		var te *awsiot.TopicError
		if tc.reason != "" && (!errors.As(err, &te) || !strings.Contains(te.Reason, tc.reason)) {
			t.Errorf("RuleTopic(%.20q, %.20q): %v; want %s", tc.rule, tc.topic, err, tc.reason)
		}
	}
}

// TestRuleTopicAndProfile checks that what this makes, the outbox's profile of
// the service takes, and that what this refuses, it refuses too.
func TestRuleTopicAndProfile(t *testing.T) {
	aws := transport.AWSIoTCore()
	rapid.Check(t, func(rt *rapid.T) {
		rule := rapid.StringMatching(`[a-zA-Z0-9_]{1,10}-?[a-z]{0,200}`).Draw(rt, "rule")
		topic := rapid.StringMatching(`(/?[a-zé\x00+#]{1,30}){1,12}`).Draw(rt, "topic")
		got, err := awsiot.RuleTopic(rule, topic)
		if err != nil {
			got = "$aws/rules/" + rule + "/" + topic
		}
		if perr := aws.CheckTopic(got); (perr == nil) != (err == nil) {
			rt.Errorf("RuleTopic(%q, %q): %v; the profile says %v", rule, topic, err, perr)
		}
	})
}
