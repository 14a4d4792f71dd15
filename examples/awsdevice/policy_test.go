package main

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// TestForbidden is a claim that asks for more than it may have.
func TestForbidden(t *testing.T) {
	claim, err := parsePolicy(claimPolicy)
	if err != nil {
		t.Fatal(err)
	}
	device, err := parsePolicy(devicePolicy)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name             string
		p                policy
		action, resource string
		want             bool
	}{
		{"a claim's template", claim, "iot:Publish", "topic/$aws/provisioning-templates/hubs/provision/json", true},
		{"another template", claim, "iot:Publish", "topic/$aws/provisioning-templates/others/provision/json", false},
		{"a key made in the cloud", claim, "iot:Publish", "topic/$aws/certificates/create/json", false},
		{"everything", claim, "iot:Subscribe", "topicfilter/#", false},
		{"a device's name", claim, "iot:Connect", "client/hub-1", false},
		{"itself", device, "iot:Connect", "client/hub-1", true},
		{"another device", device, "iot:Connect", "client/hub-2", false},
		{"another device's shadow", device, "iot:Publish", "topic/$aws/things/hub-2/shadow/update", false},
		{"its readings", device, "iot:Publish", "topic/$aws/rules/store/devices/hub-1/air", true},
		{"another device's readings", device, "iot:Publish", "topic/$aws/rules/store/devices/hub-2/air", false},
		{"all devices", device, "iot:Subscribe", "topicfilter/$aws/things/+/shadow/update", false},
		{"its jobs", device, "iot:Publish", "topic/$aws/things/hub-1/jobs/a/update", true},
		{"its jobs' ends", device, "iot:Publish", "topic/$aws/things/hub-1/jobs/a/updates", false},
	} {
		if _, got := tt.p.allows(tt.action, tt.resource, "hub-1"); got != tt.want {
			t.Errorf("%s: %v; want %v", tt.name, got, tt.want)
		}
	}
}

// TestPolicySize holds the policies against the service's limit: 2048 characters, white space not counted.
func TestPolicySize(t *testing.T) {
	for name, text := range map[string][]byte{"claim": claimPolicy, "device": devicePolicy} {
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d characters", name, b.Len())
		// An account is 12 digits and a region as long as "ap-southeast-1".
		if n := b.Len() + (len("ap-southeast-1:123456789012")-len("REGION:ACCOUNT"))*bytes.Count(text, []byte("REGION:ACCOUNT")); n > 2048 {
			t.Errorf("the policy %s has %d characters; want at most 2048", name, n)
		}
	}
}

// TestPage finds the policies on the page that explains them.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/aws-iot.md")
	if os.IsNotExist(err) {
		t.Skip("copied to where there is no page")
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"claim": claimPolicy, "device": devicePolicy} {
		if !bytes.Contains(page, append(slices.Clone(text), "```"...)) {
			t.Errorf("docs/aws-iot.md does not show policies/%s.json as it is", name)
		}
	}
}
