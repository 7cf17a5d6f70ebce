package app

import (
	"context"
	"fmt"

	"github.com/aisle-retail/aisle/services/messages"
)

// senders are what e-mails and messages to phones go out by; nil: they do not.
func (c *Config) senders() (email, phone messages.Sender, err error) {
	if c.SMTPURL != "" {
		if email, err = messages.NewSMTP(c.SMTPURL, c.MessagesFrom); err != nil {
			return nil, nil, fmt.Errorf("AISLE_SMTP_URL, AISLE_MESSAGES_FROM: %w", err)
		}
	}
	if c.WebhookURL != "" {
		if phone, err = messages.NewWebhook(c.WebhookURL, c.WebhookSecret); err != nil {
			return nil, nil, fmt.Errorf("AISLE_MESSAGES_WEBHOOK_URL, AISLE_MESSAGES_WEBHOOK_SECRET: %w", err)
		}
	}
	return email, phone, nil
}

// startPost tells customers what becomes of their orders, where this process has that service and something to send by.
func (s *Server) startPost(ctx context.Context) error {
	if !s.config.Runs("messages") {
		return nil
	}
	email, phone, err := s.config.senders()
	if err != nil {
		return err
	}
	if s.config.Mailbox {
		s.mailbox = &messages.Mailbox{}
		email, phone = s.mailbox, s.mailbox
	}
	if email == nil && phone == nil {
		return nil
	}
	post, err := messages.NewPost(messages.Config{
		Email: email, Phone: phone, PublicURL: s.config.PublicURL, CartURL: s.config.CartURL,
	}, s.db, s.db.Jobs(), s.db.Jobs().Pool(), s.codes, s.links, s.horizon, s.log)
	if err != nil {
		return err
	}
	if err := post.Start(ctx); err != nil {
		return err
	}
	s.post = post
	return nil
}
