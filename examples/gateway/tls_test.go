package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/brinkml/brink/transport/transporttest"
)

// TestLocalTLS lets a leaf in by its certificate, under the name that this says, and nobody else.
func TestLocalTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	authority, err := transporttest.NewAuthority("home")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := transporttest.NewAuthority("street")
	if err != nil {
		t.Fatal(err)
	}
	pair := func(a *transporttest.Authority, name string) (cert, key string) {
		c, k, err := a.Issue(name, time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		cert, key = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
		for path, b := range map[string][]byte{cert: c, key: k} {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return cert, key
	}
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	cert, key := pair(authority, "hub")
	g := startChild(t, "-listen", "127.0.0.1:0", "-local-cert", cert, "-local-key", key, "-local-ca", ca, "-pace", "20", "-duration", "1m")
	defer g.kill(t)
	if !strings.HasPrefix(g.url, "tls://") {
		t.Fatalf("the local broker is at %s; want TLS", g.url)
	}
	try := func(a *transporttest.Authority, name, id string) error {
		config := &tls.Config{RootCAs: authority.Pool()}
		if a != nil {
			c, k := pair(a, name)
			certificate, err := tls.LoadX509KeyPair(c, k)
			if err != nil {
				t.Fatal(err)
			}
			config.Certificates = []tls.Certificate{certificate}
		}
		o := paho.NewClientOptions().AddBroker(g.url).SetClientID(id).SetProtocolVersion(4).SetTLSConfig(config).
			SetAutoReconnect(false).SetConnectTimeout(5 * time.Second)
		c := paho.NewClient(o)
		defer c.Disconnect(0)
		token := c.Connect()
		token.Wait()
		return token.Error()
	}
	if err := try(authority, "localdevice", "localdevice"); err != nil {
		t.Errorf("the leaf was not let in: %v", err)
	}
	if try(authority, "neighbour", "localdevice") == nil {
		t.Error("a neighbour was let in under the leaf's name")
	}
	if try(stranger, "localdevice", "localdevice") == nil {
		t.Error("a stranger was let in with a certificate of his own")
	}
	if try(nil, "", "localdevice") == nil {
		t.Error("somebody without a certificate was let in")
	}
}
