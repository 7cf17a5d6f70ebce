package messages

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// lineMax is how long a line of base64 is. Source: RFC 2045, section 6.8.
const lineMax = 76

// SMTP sends e-mails through a server of the shop's.
type SMTP struct {
	host, address string
	// implicit is TLS from the first byte; plain none at all, not even where the server offers it.
	implicit, plain bool
	auth            smtp.Auth
	from            mail.Address
	// trust is who vouches for the server; nil: whom this system trusts.
	trust *tls.Config
	// name is what this machine greets the server with: some take nothing from who says localhost.
	name string
}

// NewSMTP reads where e-mails go out, smtp://user:password@host:587 (STARTTLS, without which nothing is sent; ?tls=off for a server
// beside this one) or smtps://host:465, and who they are from, "Name <address>".
func NewSMTP(address, from string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" {
		return nil, errors.New("must look like smtp://user:password@host:587 or smtps://host:465")
	}
	s := &SMTP{host: u.Hostname(), implicit: u.Scheme == "smtps", plain: u.Query().Get("tls") == "off"}
	port := u.Port()
	switch {
	case port != "":
	case s.implicit:
		port = "465"
	default:
		port = "587"
	}
	s.address = net.JoinHostPort(s.host, port)
	if u.User != nil {
		password, _ := u.User.Password()
		if s.plain {
			return nil, errors.New("with tls=off there is no password: anybody could read it")
		}
		s.auth = smtp.PlainAuth("", u.User.Username(), password, s.host)
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the sender must look like Shop <shop@example.com>: %w", err)
	}
	s.from = *sender
	if s.name, err = os.Hostname(); err != nil {
		s.name = "localhost"
	}
	return s, nil
}

// Send hands an e-mail to the server. What the server refuses for good of this recipient or this text is Refused; what it refuses of
// us, such as a wrong password, is for somebody to mend, and is tried again.
func (s *SMTP) Send(ctx context.Context, l Letter) error {
	body, err := s.compose(l)
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	secure := &tls.Config{}
	if s.trust != nil {
		secure = s.trust.Clone()
	}
	secure.ServerName = s.host
	if s.implicit {
		conn = tls.Client(conn, secure)
	}
	client, err := smtp.NewClient(conn, s.host)
	if err != nil {
		conn.Close()
		return err
	}
	defer client.Close()
	if err := client.Hello(s.name); err != nil {
		return err
	}
	if !s.implicit && !s.plain {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return fmt.Errorf("%s offers no STARTTLS, and nothing is sent in the open", s.address)
		}
		if err := client.StartTLS(secure); err != nil {
			return err
		}
	}
	if s.auth != nil {
		if err := client.Auth(s.auth); err != nil {
			return err
		}
	}
	if err := client.Mail(s.from.Address); err != nil {
		return err
	}
	if err := client.Rcpt(l.To); err != nil {
		return refusedByServer(err)
	}
	w, err := client.Data()
	if err != nil {
		return refusedByServer(err)
	}
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := w.Close(); err != nil { // the server has taken it once this is answered
		return refusedByServer(err)
	}
	_ = client.Quit()
	return nil
}

// refusedByServer tells an answer that is for good, 5xx, from one that may change. Source: RFC 5321, section 4.2.1.
func refusedByServer(err error) error {
	if answer := (*textproto.Error)(nil); errors.As(err, &answer) && answer.Code >= 500 {
		return Refused{err}
	}
	return err
}

// compose writes the e-mail as text and as a page. Its Message-ID follows from the message, so that it is the same at every try.
func (s *SMTP) compose(l Letter) ([]byte, error) {
	var b bytes.Buffer
	parts := multipart.NewWriter(&b)
	if err := parts.SetBoundary("aisle-" + l.ID.String()); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(s.from.Address, "@")
	for _, header := range [][2]string{
		{"From", s.from.String()}, {"To", (&mail.Address{Address: l.To}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", l.Subject)}, {"Date", time.Now().Format(time.RFC1123Z)},
		{"Message-ID", "<" + l.ID.String() + "@" + domain + ">"}, {"Content-Language", l.Language}, {"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"}, {"Content-Type", `multipart/alternative; boundary="` + parts.Boundary() + `"`},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", header[0], header[1])
	}
	b.WriteString("\r\n")
	if err := addText(parts, "text/plain", l.Text+"\n"); err != nil {
		return nil, err
	}
	if err := addPage(parts, l); err != nil {
		return nil, err
	}
	if err := parts.Close(); err != nil { // which writes the end of the last part
		return nil, err
	}
	return b.Bytes(), nil
}

// addPage adds a letter's page, and beside it the picture that it shows, as one part. Source: RFC 2387.
func addPage(parts *multipart.Writer, l Letter) error {
	if l.QR == nil {
		return addText(parts, "text/html", l.HTML)
	}
	boundary := "page-" + l.ID.String()
	w, err := parts.CreatePart(textproto.MIMEHeader{"Content-Type": {`multipart/related; type="text/html"; boundary="` + boundary + `"`}})
	if err != nil {
		return err
	}
	page := multipart.NewWriter(w)
	if err := page.SetBoundary(boundary); err != nil {
		return err
	}
	if err := addText(page, "text/html", l.HTML); err != nil {
		return err
	}
	picture, err := page.CreatePart(textproto.MIMEHeader{
		"Content-Type": {"image/png"}, "Content-Transfer-Encoding": {"base64"}, "Content-Id": {"<" + codeContent + ">"},
		"Content-Disposition": {`inline; filename="code.png"`},
	})
	if err != nil {
		return err
	}
	encoded := base64.StdEncoding.EncodeToString(l.QR)
	for line := range slices.Chunk([]byte(encoded), lineMax) {
		if _, err := fmt.Fprintf(picture, "%s\r\n", line); err != nil {
			return err
		}
	}
	return page.Close()
}

func addText(parts *multipart.Writer, kind, text string) error {
	w, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type": {kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	quoted := quotedprintable.NewWriter(w)
	if _, err := io.WriteString(quoted, text); err != nil {
		return err
	}
	return quoted.Close()
}
