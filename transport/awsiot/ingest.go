package awsiot

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// IngestTopic is the topic under which a message goes to one rule of the rules
// engine and to nobody else: Basic Ingest, which costs no messaging. topic is
// what the rule sees as the message's topic: at most 256 bytes and 7 slashes,
// beside which the prefix does not count. An acknowledgement says that the rules
// engine has the message, not that the rule exists or did its work. The page
// "Reducing messaging costs with Basic Ingest" of the AWS IoT developer guide
// has the rest.
func IngestTopic(rule, topic string) (string, error) {
	var errs []error
	if rule == "" || len(rule) > 128 || strings.ContainsFunc(rule, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_')
	}) {
		errs = append(errs, fmt.Errorf("awsiot: rule %.64q; want 1 to 128 of a-z, A-Z, 0-9, underscore", rule))
	}
	switch {
	case topic == "" || len(topic) > 256 || strings.Count(topic, "/") > 7:
		errs = append(errs, fmt.Errorf("awsiot: topic of %d bytes and %d slashes; want 1 to 256 and 7 at most", len(topic), strings.Count(topic, "/")))
	case !utf8.ValidString(topic) || strings.ContainsAny(topic, "+#\x00") || topic[0] == '$':
		errs = append(errs, fmt.Errorf("awsiot: topic %.64q; want UTF-8 without wildcards that does not begin with $", topic))
	}
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	return "$aws/rules/" + rule + "/" + topic, nil
}
