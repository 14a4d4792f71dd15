package mqtt5_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/mqtt5"
)

func TestNewRefuses(t *testing.T) {
	for _, tc := range []struct {
		o    *mqtt5.Options
		want []string
	}{
		{nil, []string{"no Broker"}},
		{&mqtt5.Options{Broker: "http://host"}, []string{`begins with "http"`}},
		{&mqtt5.Options{Broker: "tcp://host:99999"}, []string{"port"}},
		{&mqtt5.Options{Broker: "tcp://host", TLS: &tls.Config{}, RootsFile: "x"}, []string{"TLS is set", "RootsFile is set"}},
		{
			&mqtt5.Options{Broker: "tcp://host", AckTimeout: -1, MaxInbound: 1 << 30, ReceiveMaximum: 65536, KeepAlive: 1500 * time.Millisecond},
			[]string{"AckTimeout", "MaxInbound", "ReceiveMaximum", "KeepAlive"},
		},
		{
			&mqtt5.Options{
				Broker: "tcp://host", ClientID: strings.Repeat("x", 65536), Password: "p", MaxInbound: 1, ReceiveMaximum: -1,
				Will: &mqtt.Will{Topic: "a/#", QoS: 2}, Profile: transport.AWSIoTCore(),
			},
			[]string{"ClientID", "Password", "MaxInbound", "ReceiveMaximum", "will's topic", "will's QoS", "AWS IoT Core"},
		},
	} {
		_, err := mqtt5.New(tc.o)
		if err == nil {
			t.Errorf("New(%+v) = nil; want an error", tc.o)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("New(%+v) lacks %q:\n%v", tc.o, want, err)
			}
		}
	}
	for _, broker := range []string{"tcp://host", "tls://host:1", "tcp://[::1]:1883", "tcp://10.0.0.1/"} {
		p := transport.AWSIoTCore()
		d, err := mqtt5.New(&mqtt5.Options{Broker: broker, Profile: p})
		if err != nil || d.Profile() != p || len(d.Problems()) > 0 {
			t.Errorf("New(%q) = %v, %v; want no problem", broker, d, err)
		}
	}
}

// An authority's file that is not there is told before anything is dialled.
func TestProblems(t *testing.T) {
	d, err := mqtt5.New(&mqtt5.Options{Broker: "tls://host", RootsFile: "/nowhere/roots.pem"})
	if err != nil {
		t.Fatal(err)
	}
	if errs := d.Problems(); len(errs) == 0 || !strings.Contains(errs[0].Error(), "/nowhere") {
		t.Errorf("Problems() = %v; want the file", errs)
	}
	if _, err := d.Dial(t.Context()); err == nil || !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("Dial = %v; want the file", err)
	}
}
