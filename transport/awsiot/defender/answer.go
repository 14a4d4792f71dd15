package defender

import (
	"encoding/json"
	"errors"
	"strings"
)

// The codes of an [awsiot.RejectedError] that are known. The service's pages
// name the first only, in "AWS IoT Device Defender troubleshooting guide".
const (
	InvalidPayload = "InvalidPayload"
	Throttled      = "Throttled"
)

func throttled(code string) bool { return strings.Contains(code, "Thrott") }

// answer is what the service says of a report.
type answer struct {
	id         int64 // 0: it does not say
	accepted   bool
	code, text string
}

func parseAnswer(payload []byte) (answer, error) {
	var m struct {
		ID      *int64 `json:"reportId"`
		Status  string `json:"status"`
		Details struct {
			Code    string `json:"ErrorCode"`
			Message string `json:"ErrorMessage"`
		} `json:"statusDetails"`
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return answer{}, err
	}
	a := answer{code: m.Details.Code, text: m.Details.Message}
	if m.ID != nil {
		a.id = *m.ID
	}
	switch {
	case strings.EqualFold(m.Status, "ACCEPTED"):
		a.accepted = true
	case !strings.EqualFold(m.Status, "REJECTED"):
		return answer{}, errors.New("neither accepted nor rejected")
	case a.code == "":
		return answer{}, errors.New("no error code")
	}
	return a, nil
}
