package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string
)

// document returns the page, and the policy that allows its own style and
// script alone.
func document(o *Options) (doc []byte, policy string, err error) {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Title   string
		Buttons [][]Button
		CSS     template.CSS
		JS      template.JS
	}{o.Title, o.Buttons, template.CSS(pageCSS), template.JS(pageJS)})
	policy = "default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src '" + hash(pageCSS) + "'; script-src '" + hash(pageJS) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return b.Bytes(), policy, err
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
