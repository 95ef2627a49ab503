using System;

namespace Muninn.Microscope.Addresses;

/// <summary>An address that matches nothing in a run, or an edit that cannot be done there; the message says what exists.</summary>
/// <param name="message">What was asked, and what there is.</param>
public sealed class AddressException(string message) : ArgumentException(message);
