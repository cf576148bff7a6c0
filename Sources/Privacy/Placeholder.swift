enum PrivacyPlaceholder {}
