package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport/transporttest"
)

// TestTLS runs the kit with certificates at a broker that asks for them.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := keyPair(t, dir)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(pair.Leaf)
	b, err := transporttest.New(&transporttest.Options{TLS: &tls.Config{
		Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	url, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-broker", url, "-state", t.TempDir(), "-duration", "200ms", "-drain", "200ms", "-ca", cert}
	if code, _, stderr := call(t, args...); code != 0 || len(b.Messages()) > 0 || !strings.Contains(stderr, "before everything is delivered") {
		t.Errorf("without a certificate: exit code %d, %d messages: %s; want none", code, len(b.Messages()), stderr)
	}
	args = append(args, "-drain", "20s", "-cert", cert, "-key", key)
	if code, _, stderr := call(t, args...); code != 0 || len(b.Messages()) == 0 || strings.Contains(stderr, "before everything is delivered") {
		t.Errorf("with one: exit code %d, %d messages: %s", code, len(b.Messages()), stderr)
	}
}

// keyPair makes files with a certificate for 127.0.0.1, which signs itself, and its key.
func keyPair(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:        true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, kind string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return file("cert.pem", "CERTIFICATE", der), file("key.pem", "PRIVATE KEY", private)
}
