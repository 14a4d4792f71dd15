package awsiot

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The bounds of Basic Ingest, which none of the prefix $aws/rules/RULE/ counts
// for (AWS IoT Core developer guide, "Reducing messaging costs with Basic
// Ingest"; API reference, CreateTopicRule).
const (
	maxRule         = 128 // characters of a rule's name
	maxTopic        = 256 // bytes
	maxTopicSlashes = 7
)

// TopicError reports a topic that the service does not take.
type TopicError struct {
	Topic  string // or the name of a rule
	Reason string
}

func (e *TopicError) Error() string {
	return fmt.Sprintf("awsiot: topic %.64q: %s", e.Topic, e.Reason)
}

// RuleTopic is the topic that gives messages to a rule without the message
// broker and its price: $aws/rules/RULE/TOPIC, where the rule's SQL sees TOPIC. It
// may be "" if the rule does not ask for a topic. The error is a [*TopicError].
//
// Nobody can subscribe to such a topic, and a message for a rule that is not
// there, or not active, is acknowledged and thrown away: the service tells of it
// in CloudWatch only, as RuleNotFound. A device needs the permission iot:Publish
// on topic/$aws/rules/RULE/*.
func RuleTopic(rule, topic string) (string, error) {
	if err := checkRule(rule); err != nil {
		return "", err
	}
	if topic == "" {
		return "$aws/rules/" + rule, nil
	}
	reason := ""
	switch n := strings.Count(topic, "/"); {
	case !utf8.ValidString(topic):
		reason = "is not UTF-8"
	case strings.ContainsAny(topic, "+#"):
		reason = "holds a wildcard"
	case strings.IndexByte(topic, 0) >= 0:
		reason = "holds a NUL"
	case len(topic) > maxTopic:
		reason = fmt.Sprintf("has %d bytes; the service takes %d after the rule", len(topic), maxTopic)
	case n > maxTopicSlashes:
		reason = fmt.Sprintf("has %d slashes; the service takes %d after the rule", n, maxTopicSlashes)
	}
	if reason != "" {
		return "", &TopicError{topic, reason}
	}
	return "$aws/rules/" + rule + "/" + topic, nil
}

// checkRule holds a rule's name against ^[a-zA-Z0-9_]+$ and its length.
func checkRule(rule string) error {
	if rule == "" || len(rule) > maxRule {
		return &TopicError{rule, fmt.Sprintf("the rule's name has %d characters; it has 1 to %d", len(rule), maxRule)}
	}
	for i := range len(rule) {
		if c := rule[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return &TopicError{rule, "the rule's name has other characters than letters, digits and '_'"}
		}
	}
	return nil
}
