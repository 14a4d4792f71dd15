package awsiottest_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
)

// What is a report and what is not, by the service's specification.
func TestDefenderReads(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile("../defender/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	header := `"header":{"report_id":1,"version":"1.0"}`
	for _, tc := range []struct {
		report string
		ok     bool
	}{
		{read("long.json"), true},
		{read("short.json"), true},
		{`{` + header + `,"metrics":{}}`, true},
		{`{` + header + `,"custom_metrics":{"a":[{"number":0.5}]}}`, true},
		// The page of troubles has this one, and that it is malformed.
		{`{` + header + `,"metrics":{"network_stats":{"bytes_in":30680,"bytes_out":10652,"packets_in":113,"packets_out":118}},"custom_metrics":{"my_custom_metric":{"number":0}}}`, false},
		{``, false},
		{`[]`, false},
		{`null`, false},
		{`{` + header + `}`, false},
		{`{"metrics":{}}`, false},
		{`{"header":null,"metrics":{}}`, false},
		{`{"header":{"report_id":0,"version":"1.0"},"metrics":{}}`, false},
		{`{"header":{"report_id":"1","version":"1.0"},"metrics":{}}`, false},
		{`{"header":{"report_id":1.5,"version":"1.0"},"metrics":{}}`, false},
		{`{"header":{"report_id":1,"version":"1"},"metrics":{}}`, false},
		{`{"header":{"report_id":1},"metrics":{}}`, false},
		{`{` + header + `,"metrics":{"unknown":1}}`, false},
		{`{` + header + `,"metrics":{"tp":{"pts":[{"pt":0}],"t":1}}}`, false},
		{`{` + header + `,"metrics":{"tp":{"pts":[{"pt":65536}],"t":1}}}`, false},
		{`{` + header + `,"metrics":{"tp":{"pts":[{"if":"eth0"}],"t":1}}}`, false},
		{`{` + header + `,"metrics":{"tp":{"pts":[{"pt":1,"if":""}],"t":1}}}`, false},
		{`{` + header + `,"metrics":{"tp":{"pts":[{"pt":1}],"t":0}}}`, false},
		{`{` + header + `,"metrics":{"tp":{"pts":[{"pt":1}]}}}`, false},
		{`{` + header + `,"metrics":{"ns":{"bi":-1,"bo":0,"pi":0,"po":0}}}`, false},
		{`{` + header + `,"metrics":{"ns":{"bi":1,"bo":0,"pi":0}}}`, false},
		{`{` + header + `,"metrics":{"tc":{"ec":{"cs":[{"rad":"x","lp":1}],"t":1}}}}`, false},
		{`{` + header + `,"metrics":{"tc":{"ec":{"cs":[{"rad":"[::1]:1","lp":1}],"t":1}}}}`, true},
		{`{` + header + `,"metrics":{"tc":{"ec":{"cs":[{"lp":1}],"t":1}}}}`, false},
		{`{` + header + `,"custom_metrics":{"a":[]}}`, false},
		{`{` + header + `,"custom_metrics":{"a":[{"number":1,"ip_list":[]}]}}`, false},
		{`{` + header + `,"custom_metrics":{"a":[{"text":1}]}}`, false},
		{`{` + header + `,"custom_metrics":{"a":[{"number":"1"}]}}`, false},
		{`{` + header + `,"custom_metrics":{"a":[{"ip_list":["x"]}]}}`, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			broker, cloud := shadowtest.New(nil), awsiottest.NewDefender()
			serving(t, broker.Conn("cloud"), cloud.Serve)
			got := ask(t, broker.Conn("dev"), "$aws/things/hub-7/defender/metrics/json/+", "$aws/things/hub-7/defender/metrics/json", tc.report)
			want := `/accepted {"thingName":"hub-7"`
			if !tc.ok {
				want = `"status":"REJECTED","statusDetails":{"ErrorCode":"InvalidPayload","ErrorMessage":"Malformed metrics report"}`
			}
			if len(got) != 1 || !strings.Contains(got[0], want) {
				t.Errorf("%s: %q; want ok %t", tc.report, got, tc.ok)
			}
		})
	}
}

// Reports that come too early, or under a number that is not above the last.
func TestDefenderOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker, cloud := shadowtest.New(nil), awsiottest.NewDefender()
		serving(t, broker.Conn("cloud"), cloud.Serve)
		report := func(thing, id string) string {
			got := ask(t, broker.Conn("dev"), "$aws/things/"+thing+"/defender/metrics/json/+", "$aws/things/"+thing+"/defender/metrics/json", `{"hed":{"rid":`+id+`,"v":"1.0"},"met":{}}`)
			return strings.Join(got, "")
		}
		for _, step := range []struct {
			after     time.Duration
			thing, id string
			want      string
		}{
			{0, "a", "5", "ACCEPTED"},
			{0, "b", "5", "ACCEPTED"},
			{299 * time.Second, "a", "6", "Throttled"},
			{time.Second, "a", "5", "InvalidPayload"},
			{0, "a", "6", "ACCEPTED"},
		} {
			time.Sleep(step.after)
			if got := report(step.thing, step.id); !strings.Contains(got, step.want) {
				t.Errorf("%+v: %s", step, got)
			}
		}
		if len(cloud.Reports()) != 3 || cloud.Refused() != 2 {
			t.Errorf("%d reports, %d refused", len(cloud.Reports()), cloud.Refused())
		}
	})
}
