package jobs

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/brinkml/brink/transport/awsiot/internal/name"
)

// Limits of status details: those of a name and a value are the service's.
const (
	maxDetailValue = 1024     // characters
	maxDetails     = 16 << 10 // bytes of JSON, all together
)

// reasonDetail names the detail with a handler's error.
const reasonDetail = "reason"

// addDetails is old with more on top; what the service would not take is
// refused.
func addDetails(old, more map[string]string) (map[string]string, error) {
	all := maps.Clone(old)
	if all == nil && len(more) > 0 {
		all = make(map[string]string, len(more))
	}
	for k, v := range more {
		if name.Detail(k) != nil {
			return nil, fmt.Errorf("%w: name %.130q", ErrDetails, k)
		}
		if v == "" || !utf8.ValidString(v) || utf8.RuneCountInString(v) > maxDetailValue || strings.ContainsFunc(v, isOther) {
			return nil, fmt.Errorf("%w: %s: %.60q; want 1 to %d characters, none of control", ErrDetails, k, v, maxDetailValue)
		}
		all[k] = v
	}
	if b, err := json.Marshal(all); err != nil || len(b) > maxDetails {
		return nil, fmt.Errorf("%w: %d bytes; the limit is %d", ErrDetails, len(b), maxDetails)
	}
	return all, nil
}

// reason makes a value of an error's text.
func reason(err error) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case isOther(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(err.Error(), "?"))
	if utf8.RuneCountInString(s) > maxDetailValue {
		s = string([]rune(s)[:maxDetailValue])
	}
	if s = strings.TrimSpace(s); s == "" {
		s = "unknown"
	}
	return s
}

// isOther says whether the service refuses a character in values: those of
// Unicode's category C. Line and paragraph separators are refused besides.
func isOther(r rune) bool { return !unicode.IsGraphic(r) }
