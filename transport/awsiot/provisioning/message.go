package provisioning

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

const (
	createTopic  = "$aws/certificates/create/json"
	fromCSRTopic = "$aws/certificates/create-from-csr/json"
)

func registerTopic(template string) string {
	return "$aws/provisioning-templates/" + template + "/provision/json"
}

// certificate is the answer to a request for one.
type certificate struct {
	Token string `json:"certificateOwnershipToken"`
	ID    string `json:"certificateId"`
	PEM   string `json:"certificatePem"`
	Key   string `json:"privateKey"` // only of a key that the service made
}

// parseCertificate reads an answer; key is the device's own, or nil where the
// service made one.
func parseCertificate(payload []byte, key crypto.PublicKey) (certificate, error) {
	var c certificate
	if err := unmarshal(payload, &c); err != nil {
		return certificate{}, err
	}
	switch {
	case c.Token == "":
		return certificate{}, errors.New("no certificateOwnershipToken")
	case c.ID == "" || len(c.ID) > 256:
		return certificate{}, fmt.Errorf("certificateId of %d bytes", len(c.ID))
	}
	leaf, err := parsePEM(c.PEM)
	if err != nil {
		return certificate{}, err
	}
	if key != nil {
		c.Key = ""
		if !samePublic(leaf.PublicKey, key) {
			return certificate{}, ErrKey
		}
		return c, nil
	}
	if _, err := tls.X509KeyPair([]byte(c.PEM), []byte(c.Key)); err != nil {
		return certificate{}, err
	}
	return c, nil
}

// parsePEM returns the first certificate of a PEM file.
func parsePEM(s string) (*x509.Certificate, error) {
	b, _ := pem.Decode([]byte(s))
	if b == nil || b.Type != "CERTIFICATE" {
		return nil, errors.New("certificatePem holds no certificate")
	}
	return x509.ParseCertificate(b.Bytes)
}

func samePublic(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// thing is the answer to a registration.
type thing struct {
	Name          string
	Configuration map[string]string
}

// parseThing reads an answer. The name is empty when the template makes no
// thing. A value of the configuration that is not a string is kept as its JSON,
// because the device is registered by now.
func parseThing(payload []byte) (thing, error) {
	var m struct {
		Configuration map[string]json.RawMessage `json:"deviceConfiguration"`
		Name          string                     `json:"thingName"`
	}
	if err := unmarshal(payload, &m); err != nil {
		return thing{}, err
	}
	if m.Name != "" && name.Thing(m.Name) != nil {
		return thing{}, fmt.Errorf("thingName %.130q", m.Name)
	}
	t := thing{Name: m.Name}
	for k, v := range m.Configuration {
		if t.Configuration == nil {
			t.Configuration = make(map[string]string, len(m.Configuration))
		}
		var s string
		if json.Unmarshal(v, &s) != nil {
			s = string(v)
		}
		t.Configuration[k] = s
	}
	return t, nil
}

// parseRejected reads a refusal. One that cannot be read is a refusal as well.
func parseRejected(op string, payload []byte) *awsiot.RejectedError {
	var m struct {
		Status  int    `json:"statusCode"`
		Code    string `json:"errorCode"`
		Message string `json:"errorMessage"`
	}
	if err := unmarshal(payload, &m); err != nil {
		m.Message = "unreadable: " + err.Error()
	}
	return &awsiot.RejectedError{
		Service: "provisioning", Op: op,
		Code: m.Code, Status: m.Status, Message: m.Message, Payload: payload,
	}
}

func unmarshal(payload []byte, v any) error {
	if len(payload) > maxPayload {
		return fmt.Errorf("%d bytes; the limit is %d", len(payload), maxPayload)
	}
	return json.Unmarshal(payload, v)
}

// csrRequest, registerRequest and createRequest are what is sent.
func csrRequest(csr []byte) []byte {
	return mustMarshal(struct {
		CSR string `json:"certificateSigningRequest"`
	}{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}))})
}

func createRequest() []byte { return []byte("{}") }

func registerRequest(token string, parameters map[string]string) []byte {
	return mustMarshal(struct {
		Token      string            `json:"certificateOwnershipToken"`
		Parameters map[string]string `json:"parameters,omitempty"`
	}{token, parameters})
}

func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("provisioning: strings do not marshal: " + err.Error())
	}
	return b
}
