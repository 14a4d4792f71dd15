package tunnel

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/brinkml/brink/transport/awsiot/internal/faults"
	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

const (
	maxToken    = 8192 // bytes
	maxRegion   = 32   // bytes
	maxServices = 64
	destination = "destination"
)

// Notice says that a tunnel is open to this device.
type Notice struct {
	Token  Token
	Region string // such as "eu-central-1": where to connect to
	// Services that the tunnel carries, such as "SSH": one or more.
	Services []string
}

// parse reads and checks a notice. No error holds anything of the token.
func parse(payload []byte) (Notice, error) {
	var m struct {
		Token    string   `json:"clientAccessToken"`
		Mode     string   `json:"clientMode"`
		Region   string   `json:"region"`
		Services []string `json:"services"`
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return Notice{}, jsonError(err)
	}
	var errs faults.List
	if !printable(m.Token) {
		errs.Addf("token of %d bytes; want 1 to %d, printable and without spaces", len(m.Token), maxToken)
	}
	if m.Mode != destination {
		errs.Addf("client mode %.32q; want %q", m.Mode, destination)
	}
	if !isRegion(m.Region) {
		errs.Addf("region %.64q", m.Region)
	}
	if n := len(m.Services); n < 1 || n > maxServices {
		errs.Addf("%d services; want 1 to %d", n, maxServices)
	} else {
		for _, s := range m.Services {
			if err := name.Service(s); err != nil {
				errs.Add(err)
			}
		}
	}
	if err := errs.Err(); err != nil {
		return Notice{}, err
	}
	return Notice{NewToken(m.Token), m.Region, slices.Clone(m.Services)}, nil
}

// jsonError keeps what package json quotes of a message out of the log.
func jsonError(err error) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON at byte %d", e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("field %q is of another type", e.Field)
	}
	return errors.New("not JSON")
}

func printable(s string) bool {
	if s == "" || len(s) > maxToken {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// isRegion accepts names such as us-east-1, us-gov-west-1 and eusc-de-east-1:
// letters and hyphens, then a hyphen and a number. They become part of a host's
// name, which nothing else may.
func isRegion(s string) bool {
	if len(s) > maxRegion {
		return false
	}
	parts, digits := 0, 0
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && s[i] >= 'a' && s[i] <= 'z' {
			i++
		}
		if letters := i - start; letters == 0 {
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				i++
			}
			digits = i - start
			return i == len(s) && parts >= 2 && digits >= 1 && digits <= 2
		}
		parts++
		if i == len(s) || s[i] != '-' {
			return false
		}
		i++
	}
	return false
}
