// Package name checks the names that go into topics: none may hold a slash or a
// wildcard, or a message would go elsewhere.
package name

import (
	"fmt"
	"strings"
)

// Thing checks the name of a thing: 1 to 128 of a-z, A-Z, 0-9, colon,
// underscore, hyphen.
func Thing(s string) error { return check("thing", s, 128, ":_-") }

// Stream checks the identifier of a stream: 1 to 128 of a-z, A-Z, 0-9,
// underscore, hyphen.
func Stream(s string) error { return check("stream", s, 128, "_-") }

// Job checks the identifier of a job: 1 to 64 of a-z, A-Z, 0-9, underscore,
// hyphen.
func Job(s string) error { return check("job", s, 64, "_-") }

// Detail checks the name of a job's status detail: the same characters as a
// thing's.
func Detail(s string) error { return check("status detail", s, 128, ":_-") }

// Template checks the name of a provisioning template: 1 to 36 of a-z, A-Z,
// 0-9, underscore, hyphen.
func Template(s string) error { return check("template", s, 36, "_-") }

// Metric checks the name of a custom metric of Device Defender, and Service
// that of a service of a secure tunnel: the same characters as a thing's.
func Metric(s string) error { return check("metric", s, 128, ":_-") }

// Service checks the name of a service of a secure tunnel.
func Service(s string) error { return check("service", s, 128, ":_-") }

func check(what, s string, limit int, also string) error {
	if s == "" || len(s) > limit {
		return fmt.Errorf("awsiot: name of a %s has %d bytes; want 1 to %d", what, len(s), limit)
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(also, r)) {
			return fmt.Errorf("awsiot: name of a %s holds %q; want letters, digits and %q", what, r, also)
		}
	}
	return nil
}

// File is a thing's name as that of a file: a colon is none everywhere, and a
// percent sign is in no thing's name. (strings.ReplaceAll is 3 KB more in a
// program for a small board that does without.)
func File(thing string) string { return strings.Join(strings.Split(thing, ":"), "%3A") }
