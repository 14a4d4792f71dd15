package tunnel

import (
	"fmt"
	"log/slog"
)

const hidden = "[redacted]"

// Token is a client access token. It shows itself to nobody but who calls
// [Token.Reveal]: formatting with any verb, logging, JSON and text give
// "[redacted]", and so does what holds it, such as a [Notice]. The zero Token is
// empty.
type Token struct{ secret *string } // a pointer, which is all that fmt shows of a field of somebody's own

// NewToken makes a token of its text.
func NewToken(secret string) Token { return Token{&secret} }

// Reveal returns the text, to be handed to the service and nobody else.
func (t Token) Reveal() string {
	if t.secret == nil {
		return ""
	}
	return *t.secret
}

func (Token) String() string               { return hidden }
func (Token) GoString() string             { return hidden }
func (Token) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (Token) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Format implements fmt.Formatter, for every verb.
func (Token) Format(s fmt.State, _ rune) { fmt.Fprint(s, hidden) }
