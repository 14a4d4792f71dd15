package awsiot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot"
)

func ExampleIngestTopic() {
	fmt.Println(awsiot.IngestTopic("BuildingManager", "Buildings/Building5/Floor2/Room201/Lights"))
	fmt.Println(awsiot.IngestTopic("Building-Manager", "Buildings/#"))
	// Output:
	// $aws/rules/BuildingManager/Buildings/Building5/Floor2/Room201/Lights <nil>
	//  awsiot: rule "Building-Manager"; want 1 to 128 of a-z, A-Z, 0-9, underscore
	// awsiot: topic "Buildings/#"; want UTF-8 without wildcards that does not begin with $
}

// What is taken here is taken by the profile of the broker.
func TestIngestTopic(t *testing.T) {
	for _, tc := range []struct {
		rule, topic string
		ok          bool
	}{
		{"r", "t", true},
		{strings.Repeat("r", 128), strings.Repeat("t", 256), true},
		{"r", "a/b/c/d/e/f/g/h", true},
		{"r", "a/b/c/d/e/f/g/h/i", false},
		{"r", strings.Repeat("t", 257), false},
		{strings.Repeat("r", 129), "t", false},
		{"", "t", false},
		{"r", "", false},
		{"r/x", "t", false},
		{"r", "a/+", false},
		{"r", "$aws/x", false},
		{"r", "a\x00", false},
		{"r", "\xff", false},
	} {
		got, err := awsiot.IngestTopic(tc.rule, tc.topic)
		if (err == nil) != tc.ok || tc.ok && got != "$aws/rules/"+tc.rule+"/"+tc.topic {
			t.Errorf("IngestTopic(%q, %q) = %q, %v; want ok %t", tc.rule, tc.topic, got, err, tc.ok)
		}
		if err == nil {
			if err := transport.AWSIoTCore().CheckTopic(got); err != nil {
				t.Errorf("%q: %v", got, err)
			}
		}
	}
}
