using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;
using Xunit;

namespace Muninn.BrowserTests;

/// <summary>A headless Chromium with an empty profile, shared by the tests of a class. Without one installed, every test is skipped.</summary>
public sealed class Browser : IDisposable
{
    static readonly string[] _browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    static readonly string[] _drivers = ["/usr/bin/chromedriver", "/usr/lib/chromium-browser/chromedriver"];

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("muninn-browser-");
    readonly ChromeDriverService? _service;
    readonly ChromeDriver? _driver;

    /// <summary>Starts Chromium; MUNINN_CHROMIUM and MUNINN_CHROMEDRIVER name other places for it and its driver.</summary>
    public Browser()
    {
        if (Find("MUNINN_CHROMIUM", _browsers) is not { } browser || Find("MUNINN_CHROMEDRIVER", _drivers) is not { } driver)
            return;
        // A full path to the driver keeps Selenium from looking for one on the network.
        _service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(driver), Path.GetFileName(driver));
        _service.SuppressInitialDiagnosticInformation = true;
        var options = new ChromeOptions { BinaryLocation = browser };
        options.AddArguments(
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--force-device-scale-factor=1",
            $"--user-data-dir={Path.Combine(_folder.FullName, "profile")}");
        options.SetLoggingPreference(LogType.Browser, LogLevel.All);
        _driver = new ChromeDriver(_service, options, TimeSpan.FromSeconds(60));
    }

    /// <summary>The driver; the calling test is skipped where there is none.</summary>
    public ChromeDriver Driver
    {
        get
        {
            Assert.SkipWhen(_driver is null,
                "NOT TESTED: no Chromium with its driver here. Install both (Debian: apt-get install chromium chromium-driver), " +
                "or name them in MUNINN_CHROMIUM and MUNINN_CHROMEDRIVER.");
            return _driver;
        }
    }

    /// <summary>A file to write a page to.</summary>
    public string File(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>What the page wrote to the console since the last call, errors of scripts and refused loads among it.</summary>
    public IReadOnlyList<string> ConsoleLines() => [.. Driver.Manage().Logs.GetLog(LogType.Browser).Select(entry => entry.Message)];

    /// <inheritdoc/>
    public void Dispose()
    {
        _driver?.Quit();
        _driver?.Dispose();
        _service?.Dispose();
        _folder.Delete(recursive: true);
    }

    static string? Find(string variable, string[] usual) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named
        ? named
        : usual.FirstOrDefault(System.IO.File.Exists);
}
