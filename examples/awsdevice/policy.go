package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// The policies that the twins' broker holds everybody to. docs/aws-iot.md shows the same ones.
var (
	//go:embed policies/claim.json
	claimPolicy []byte
	//go:embed policies/device.json
	devicePolicy []byte
)

// policy is what one may do: an AWS IoT policy, as far as these two use its language.
type policy struct {
	Statement []struct {
		Effect   string
		Action   []string
		Resource []string
	}
}

func parsePolicy(text []byte) (policy, error) {
	var p policy
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("policy: %w", err)
	}
	for _, s := range p.Statement {
		if s.Effect != "Allow" {
			return p, fmt.Errorf("policy: effect %q is not known here", s.Effect)
		}
	}
	return p, nil
}

// allows returns the action with the resource, as the policy has it, that allows a thing an action. The resource is what follows
// "arn:aws:iot:REGION:ACCOUNT:", such as "topic/devices/hub-1/air".
func (p policy) allows(action, resource, thing string) (by string, ok bool) {
	for _, s := range p.Statement {
		for _, a := range s.Action {
			if a != action {
				continue
			}
			for _, pattern := range s.Resource {
				if match(strings.ReplaceAll(short(pattern), "${iot:Connection.Thing.ThingName}", thing), resource) {
					return a + " " + short(pattern), true
				}
			}
		}
	}
	return "", false
}

// all is everything that the policy allows, as allows says it.
func (p policy) all() (all []string) {
	for _, s := range p.Statement {
		for _, a := range s.Action {
			for _, r := range s.Resource {
				all = append(all, a+" "+short(r))
			}
		}
	}
	return all
}

// short is a resource without its account.
func short(arn string) string {
	_, s, _ := strings.Cut(arn, ":ACCOUNT:")
	return s
}

// match is the wildcard of policies: '*' stands for any characters, '/' among them. MQTT's '+' and '#' mean themselves.
func match(pattern, s string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == s
	}
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	for {
		part, more, wild := strings.Cut(rest, "*")
		if !wild {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], more
	}
}
