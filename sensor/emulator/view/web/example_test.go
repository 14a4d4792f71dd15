package web_test

import (
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view/web"
)

func Example() {
	board := emulator.New(nil)
	page, err := web.New(board, &web.Options{Stick: func(k emulator.Keys) {
		fmt.Println("pushed up:", k == emulator.KeyUp)
		board.SetKeys(k)
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	// In a program: go page.Run(ctx), and http.ListenAndServe("127.0.0.1:8080", page).
	push := httptest.NewRequest("POST", "http://localhost/stick", strings.NewReader("keys=up"))
	push.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	page.ServeHTTP(httptest.NewRecorder(), push)
	// Output:
	// pushed up: true
}
