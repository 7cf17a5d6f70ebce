-- For development only: how often coupons were used is forgotten.
drop table if exists coupon_uses, coupon_counts;
