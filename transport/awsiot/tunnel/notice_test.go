package tunnel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
)

const secret = "AQGAAXhkZXN0aW5hdGlvbg"

func TestGolden(t *testing.T) {
	b, err := os.ReadFile("testdata/notify.json")
	if err != nil {
		t.Fatal(err)
	}
	n, err := parse(b)
	if err != nil || n.Token.Reveal() != secret || n.Region != "eu-central-1" || !slices.Equal(n.Services, []string{"SSH"}) {
		t.Errorf("parse = %+v, %v", n, err)
	}
}

func TestParse(t *testing.T) {
	message := func(token, mode, region string, services any) string {
		b, err := json.Marshal(map[string]any{"clientAccessToken": token, "clientMode": mode, "region": region, "services": services})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	ssh := []string{"SSH"}
	for _, tc := range []struct {
		message string
		ok      bool
	}{
		{message(secret, "destination", "us-east-1", ssh), true},
		{message(secret, "destination", "us-gov-west-1", []string{"SSH", "VNC:1", "a_b-c"}), true},
		{message(secret, "destination", "eusc-de-east-1", ssh), true},
		{message(strings.Repeat("x", 8192), "destination", "cn-north-12", ssh), true},
		{message(strings.Repeat("x", 8193), "destination", "us-east-1", ssh), false},
		{message("", "destination", "us-east-1", ssh), false},
		{message(secret+" x", "destination", "us-east-1", ssh), false},
		{message(secret+"\n", "destination", "us-east-1", ssh), false},
		{message(secret+"é", "destination", "us-east-1", ssh), false},
		{message(secret, "source", "us-east-1", ssh), false},
		{message(secret, "", "us-east-1", ssh), false},
		{message(secret, "destination", "", ssh), false},
		{message(secret, "destination", "us-east", ssh), false},
		{message(secret, "destination", "us-1", ssh), false},
		{message(secret, "destination", "us-east-123", ssh), false},
		{message(secret, "destination", "us-east-1.evil.example", ssh), false},
		{message(secret, "destination", "us-east-1/", ssh), false},
		{message(secret, "destination", "US-EAST-1", ssh), false},
		{message(secret, "destination", "-us-east-1", ssh), false},
		{message(secret, "destination", "us--east-1", ssh), false},
		{message(secret, "destination", "us-east-1-", ssh), false},
		{message(secret, "destination", "us-east-1a", ssh), false},
		{message(secret, "destination", strings.Repeat("a-", 20)+"b-1", ssh), false},
		{message(secret, "destination", "us-east-1", []string{}), false},
		{message(secret, "destination", "us-east-1", nil), false},
		{message(secret, "destination", "us-east-1", []string{""}), false},
		{message(secret, "destination", "us-east-1", []string{"ssh; reboot"}), false},
		{message(secret, "destination", "us-east-1", []string{strings.Repeat("x", 129)}), false},
		{message(secret, "destination", "us-east-1", slices.Repeat(ssh, 65)), false},
		{message(secret, "destination", "us-east-1", "SSH"), false},
		{`{"clientAccessToken":["` + secret + `"]}`, false},
		{`{"clientAccessToken":"` + secret, false},
		{`"` + secret + `"`, false},
		{secret, false},
		{"", false},
	} {
		_, err := parse([]byte(tc.message))
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v; want ok %t", tc.message, err, tc.ok)
		}
		if err != nil && (strings.Contains(err.Error(), "AQGA") || len(err.Error()) > 20_000) {
			t.Errorf("the error shows the token: %v", err)
		}
	}
}

// A token shows itself to nobody.
func TestTokenIsHidden(t *testing.T) {
	n := Notice{NewToken(secret), "us-east-1", []string{"SSH"}}
	private := struct{ n Notice }{n}
	var out bytes.Buffer
	for _, v := range []any{n, &n, n.Token, &n.Token, private, &private, []Notice{n}, map[string]Token{"t": n.Token}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		out.Write(b)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", slog.Any("v", v))
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", slog.Any("v", v))
	}
	fmt.Fprint(&out, n.Token.String(), n.Token.GoString(), n.Token.LogValue())
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), "AQGA"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("it shows:\n%s", out.String())
		}
	}
	if (Token{}).Reveal() != "" || n.Token.Reveal() != secret {
		t.Error("Reveal does not give the token")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"clientAccessToken":"` + secret + `","clientMode":"destination","region":"us-east-1","services":["SSH"]}`))
	f.Add([]byte(`{"clientMode":"source"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := parse(b)
		if err != nil {
			return
		}
		if s := n.Token.Reveal(); s == "" || len(s) > maxToken || strings.ContainsAny(s, " \r\n\x00") {
			t.Errorf("token %q", s)
		}
		if strings.ContainsAny(n.Region, "./: \n") || len(n.Services) == 0 {
			t.Errorf("notice %+v", n)
		}
		if strings.Contains(fmt.Sprintf("%+v %#v", n, n), n.Token.Reveal()) && len(n.Token.Reveal()) > 20 {
			t.Errorf("%+v shows its token", n)
		}
	})
}
