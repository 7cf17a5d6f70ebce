package messages

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// secretMin is how many bytes the secret of a webhook has at least.
	secretMin = 16
	// secretPrefix begins a secret that is written in base64. Source: the Standard Webhooks specification.
	secretPrefix = "whsec_"
	// answerMax is how much of an answer is read, in bytes.
	answerMax = 4096
)

// Webhook hands messages to a provider of text messages or chats, as JSON. Its headers are those of the Standard Webhooks
// specification: webhook-id, webhook-timestamp, and in webhook-signature "v1," and the HMAC-SHA256 of "<id>.<timestamp>.<body>".
type Webhook struct {
	url    string
	secret []byte
	client *http.Client
}

// NewWebhook reads where messages go, and the secret that they are signed with: any text, or whsec_ and base64.
func NewWebhook(address, secret string) (*Webhook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, errors.New("must look like https://host/path")
	}
	key := []byte(secret)
	if encoded, ok := strings.CutPrefix(secret, secretPrefix); ok {
		if key, err = base64.StdEncoding.DecodeString(encoded); err != nil {
			return nil, fmt.Errorf("the secret begins with %s and is not base64", secretPrefix)
		}
	}
	if len(key) < secretMin {
		return nil, fmt.Errorf("the secret has %d bytes, and needs %d", len(key), secretMin)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // some messages an hour are not worth a connection that may be dead
	return &Webhook{url: address, secret: key, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// hooked is what a provider gets.
type hooked struct {
	Type string     `json:"type"`
	Time time.Time  `json:"timestamp"`
	Data hookedData `json:"data"`
}

type hookedData struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	To       string `json:"to"`
	Language string `json:"language"`
	Order    string `json:"order_number,omitempty"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
}

// Send hands a message over. What the provider finds wrong with it (4xx but for 401, 403, 404, 408, 425 and 429, which somebody may
// mend) is Refused.
func (h *Webhook) Send(ctx context.Context, l Letter) error {
	now := time.Now()
	body, err := json.Marshal(hooked{Type: "message", Time: now.UTC(), Data: hookedData{
		ID: l.ID.String(), Kind: string(l.Kind), To: l.To, Language: l.Language, Order: l.Order, Subject: l.Subject, Text: l.Short,
	}})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(now.Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "aisle")
	req.Header.Set("Idempotency-Key", l.ID.String())
	req.Header.Set("webhook-id", l.ID.String())
	req.Header.Set("webhook-timestamp", at)
	req.Header.Set("webhook-signature", "v1,"+h.sign(l.ID.String(), at, body))
	answer, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, answerMax))
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 400 && code < 500 && !mendable[code]:
		return Refused{fmt.Errorf("the provider answered %s", answer.Status)}
	}
	return fmt.Errorf("the provider answered %s", answer.Status)
}

// mendable are answers of 4xx that say nothing of the message itself.
var mendable = map[int]bool{
	http.StatusUnauthorized: true, http.StatusForbidden: true, http.StatusNotFound: true, http.StatusRequestTimeout: true,
	http.StatusTooEarly: true, http.StatusTooManyRequests: true,
}

func (h *Webhook) sign(id, at string, body []byte) string {
	mac := hmac.New(sha256.New, h.secret)
	fmt.Fprintf(mac, "%s.%s.", id, at)
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
