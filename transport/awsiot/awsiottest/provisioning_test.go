package awsiottest_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
)

// A registry asked by hand: what it signs is vouched for by its root, unused
// certificates go after an hour, and each mistake has its code.
func TestProvisioning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awsiottest.NewProvisioning(&awsiottest.ProvisioningOptions{OneUse: true})
		net := shadowtest.New(nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Serve(ctx, net.Conn("cloud")) }()
		must(t, s.Ready(ctx))
		device := net.Conn("device")
		var mu sync.Mutex
		var heard []string
		if _, err := device.Subscribe(ctx, []string{"$aws/certificates/+/json/+", "$aws/provisioning-templates/+/provision/json/+"}, func(topic string, payload []byte) {
			mu.Lock()
			defer mu.Unlock()
			heard = append(heard, topic[strings.LastIndex(topic, "/")+1:]+" "+string(payload))
		}); err != nil {
			t.Fatal(err)
		}
		ask := func(topic, payload string) string {
			t.Helper()
			must(t, device.Publish(ctx, topic, []byte(payload)))
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			all := strings.Join(heard, "\n")
			heard = nil
			return all
		}
		type answer struct {
			CertificatePem, PrivateKey, CertificateOwnershipToken, CertificateID string
			ErrorCode                                                            string
			StatusCode                                                           int
		}
		parse := func(got, kind string) (a answer) {
			t.Helper()
			text, ok := strings.CutPrefix(got, kind+" ")
			if !ok {
				t.Fatalf("%s; want it %s", got, kind)
			}
			must(t, json.Unmarshal([]byte(text), &a))
			return a
		}
		const create, csr, register = "$aws/certificates/create/json", "$aws/certificates/create-from-csr/json", "$aws/provisioning-templates/hubs/provision/json"

		a := parse(ask(create, ""), "accepted")
		block, _ := pem.Decode([]byte(a.CertificatePem))
		leaf, err := x509.ParseCertificate(block.Bytes)
		must(t, err)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(s.RootPEM())
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, CurrentTime: time.Now()}); err != nil {
			t.Error(err)
		}
		token := `{"certificateOwnershipToken":"` + a.CertificateOwnershipToken + `","parameters":{"SerialNumber":"1"}}`
		if got := ask(register, token); got != `accepted {"deviceConfiguration":{},"thingName":"1"}` {
			t.Error(got)
		}
		for _, tc := range []struct{ topic, payload, code string }{
			{create, `{`, "InvalidPayload"},
			{csr, `{}`, "InvalidCertificateSigningRequest"},
			{csr, `{"certificateSigningRequest":"-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n"}`, "InvalidCertificateSigningRequest"},
			{register, `{`, "InvalidPayload"},
			{register, `{}`, "InvalidCertificateOwnershipToken"},
			{register, `{"certificateOwnershipToken":"x"}`, "InvalidCertificateOwnershipToken"},
			{register, token, "InvalidCertificateOwnershipToken"}, // it was used
		} {
			if a := parse(ask(tc.topic, tc.payload), "rejected"); a.ErrorCode != tc.code || a.StatusCode != 400 {
				t.Errorf("%s %s: %+v; want %s", tc.topic, tc.payload, a, tc.code)
			}
		}

		b := parse(ask(create, "{}"), "accepted")
		if n := len(s.Certificates()); n != 2 {
			t.Errorf("%d certificates", n)
		}
		time.Sleep(time.Hour)
		if a := parse(ask(register, `{"certificateOwnershipToken":"`+b.CertificateOwnershipToken+`"}`), "rejected"); a.ErrorCode != "InvalidCertificateOwnershipToken" {
			t.Errorf("%+v", a)
		}
		if c := s.Certificates(); len(c) != 1 || !c[0].Active || c[0].Thing != "1" {
			t.Errorf("certificates %+v; want the one that was used", c)
		}
		cancel()
		<-done
	})
}
