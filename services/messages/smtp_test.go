package messages

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net"
	"net/http/httptest"
	"net/mail"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"

	"github.com/aisle-retail/aisle/services/retail"
)

// speak is a server of e-mails for one connection: it answers each command by its first word, and notes what it was told.
func speak(conn net.Conn, secure *tls.Config, answers map[string]string, heard *[]string) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	fmt.Fprint(conn, "220 test\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		*heard = append(*heard, line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		answer, said := answers[verb]
		switch {
		case said:
		case verb == "DATA":
			answer = "354 go on"
		default:
			answer = "250 ok"
		}
		fmt.Fprint(conn, answer+"\r\n")
		switch {
		case verb == "STARTTLS":
			conn = tls.Server(conn, secure)
			r = bufio.NewReader(conn)
		case verb == "DATA" && !said:
			for line != "." {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
				line = strings.TrimSpace(line)
			}
			fmt.Fprint(conn, "250 taken\r\n")
		case verb == "QUIT":
			return
		}
	}
}

// sendThrough sends a letter through such a server, and returns what that heard.
func sendThrough(t *testing.T, address func(at string) string, answers map[string]string) (heard []string, err error) {
	t.Helper()
	vouched := httptest.NewUnstartedServer(nil)
	vouched.StartTLS() // for its certificate
	defer vouched.Close()
	roots := x509.NewCertPool()
	roots.AddCert(vouched.Certificate())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		if strings.HasPrefix(address(""), "smtps") {
			conn = tls.Server(conn, vouched.TLS)
		}
		speak(conn, vouched.TLS, answers, &heard)
	}()
	s, err := NewSMTP(address(listener.Addr().String()), "Alba <shop@alba.example>")
	if err != nil {
		t.Fatal(err)
	}
	s.trust = &tls.Config{RootCAs: roots}
	err = s.Send(t.Context(), Letter{ID: retail.ID{15: 1}, To: "ada@example.com", Subject: "Sí", Text: "Hola", HTML: "<p>Hola"})
	listener.Close()
	<-done
	return heard, err
}

func TestSMTP(t *testing.T) {
	starttls := map[string]string{"EHLO": "250-test\r\n250-AUTH PLAIN\r\n250 STARTTLS", "STARTTLS": "220 go on", "AUTH": "235 ok"}
	open := func(at string) string { return "smtp://ada:secret@" + at }

	t.Run("a password goes over TLS alone", func(t *testing.T) {
		heard, err := sendThrough(t, open, starttls)
		if said := strings.Join(heard, "\n"); err != nil || strings.Index(said, "AUTH PLAIN") < strings.Index(said, "STARTTLS") ||
			!strings.Contains(said, "STARTTLS") || !strings.Contains(said, "RCPT TO:<ada@example.com>") {
			t.Errorf("%v, %q", err, heard)
		}
		if machine, _ := os.Hostname(); heard[0] != "EHLO "+machine {
			t.Errorf("it greets with %q", heard[0])
		}
	})
	t.Run("and so it does from the first byte", func(t *testing.T) {
		heard, err := sendThrough(t, func(at string) string { return "smtps://ada:secret@" + at },
			map[string]string{"EHLO": "250-test\r\n250 AUTH PLAIN", "AUTH": "235 ok"})
		if err != nil || !strings.Contains(strings.Join(heard, "\n"), "DATA") {
			t.Errorf("%v, %q", err, heard)
		}
	})
	t.Run("nothing is sent in the open", func(t *testing.T) {
		heard, err := sendThrough(t, open, nil)
		if err == nil || strings.Contains(strings.Join(heard, "\n"), "AUTH") {
			t.Errorf("%v, %q", err, heard)
		}
	})
	for _, c := range []struct {
		verb, answer string
		forGood      bool
	}{
		{"AUTH", "535 wrong password", false}, {"MAIL", "550 who are you", false}, {"RCPT", "450 later", false},
		{"RCPT", "550 no such mailbox", true}, {"DATA", "554 no", true},
	} {
		t.Run("an answer of "+c.answer+" to "+c.verb, func(t *testing.T) {
			answers := map[string]string{}
			for verb, answer := range starttls {
				answers[verb] = answer
			}
			answers[c.verb] = c.answer
			_, err := sendThrough(t, open, answers)
			if refused := (Refused{}); err == nil || errors.As(err, &refused) != c.forGood {
				t.Errorf("%v, want it for good: %v", err, c.forGood)
			}
		})
	}
}

// TestPictureOfACode reads the picture of a code out of an e-mail, as a reader of e-mails does.
func TestPictureOfACode(t *testing.T) {
	s, err := NewSMTP("smtp://mail.example.com", "Alba <shop@alba.example>")
	if err != nil {
		t.Fatal(err)
	}
	facts := about(retail.MessagePickupReady)
	letter, err := (writer{codes: fixedCode{}}).write(retail.Message{ID: retail.ID{15: 1}, Kind: retail.MessagePickupReady, Language: "en"}, facts)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := s.compose(letter)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(whole), "\r\n") {
		if len(line) > 998 { // RFC 5322, section 2.1.1
			t.Errorf("a line of %d", len(line))
		}
	}
	read, err := mail.ReadMessage(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	var open func(header textproto.MIMEHeader, body io.Reader)
	open = func(header textproto.MIMEHeader, body io.Reader) {
		kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(kind, "multipart/") {
			if header.Get("Content-Transfer-Encoding") == "base64" {
				body = base64.NewDecoder(base64.StdEncoding, body)
			}
			text, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			parts[kind+header.Get("Content-Id")] = string(text)
			return
		}
		for several := multipart.NewReader(body, params["boundary"]); ; {
			part, err := several.NextPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			open(part.Header, part)
		}
	}
	open(textproto.MIMEHeader(read.Header), read.Body)
	if len(parts) != 3 || !strings.Contains(parts["text/html"], `src="cid:pickup-code"`) || !strings.Contains(parts["text/plain"], "204917") {
		t.Fatalf("%q", slices.Collect(maps.Keys(parts)))
	}
	picture, err := png.Decode(strings.NewReader(parts["image/png<pickup-code>"]))
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(facts.work.CodeText("204917"), qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	side := want.Bounds().Dx() + 2*quietZone
	if got := picture.Bounds(); got.Dx() != side*module || got.Dy() != side*module {
		t.Fatalf("%v for %d modules", got, side)
	}
	for y := range side * module {
		for x := range side * module {
			at, dark := image.Pt(x/module-quietZone, y/module-quietZone), false
			if at.In(want.Bounds()) {
				r, _, _, _ := want.At(at.X, at.Y).RGBA()
				dark = r == 0
			}
			if r, _, _, _ := picture.At(x, y).RGBA(); (r == 0) != dark {
				t.Fatalf("the pixel at %d, %d is dark: %v", x, y, !dark)
			}
		}
	}
	if page := string(letter.alone()); strings.Contains(page, "cid:") || !strings.Contains(page, `src="data:image/png;base64,iVBOR`) {
		t.Errorf("%.400s", page)
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct{ address, from string }{
		{"mail.example.com:25", "a@b.example"}, {"http://mail.example.com", "a@b.example"}, {"smtp://", "a@b.example"},
		{"smtp://a:b@mail.example.com?tls=off", "a@b.example"}, {"smtp://mail.example.com", ""}, {"smtp://mail.example.com", "Alba"},
	} {
		if _, err := NewSMTP(c.address, c.from); err == nil {
			t.Errorf("%q from %q is taken", c.address, c.from)
		}
	}
	for _, c := range []struct{ address, secret string }{
		{"sms.example.com", "0123456789abcdef"}, {"ftp://sms.example.com", "0123456789abcdef"}, {"https://sms.example.com", "short"},
		{"https://sms.example.com", "whsec_?"}, {"https://sms.example.com", "whsec_c2hvcnQ="},
	} {
		if _, err := NewWebhook(c.address, c.secret); err == nil {
			t.Errorf("%q with %q is taken", c.address, c.secret)
		}
	}
	h, err := NewWebhook("https://sms.example.com", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	// The example of the Standard Webhooks specification.
	if got := h.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`)); got != "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signed %s", got)
	}
}
