using Mesh.Contracts;

namespace Mesh.Hosting.Mlflow;

/// <summary>Forms of what the protocol's calls carry. What is too long is refused, never cut.</summary>
public static class MlflowForm
{
    /// <summary>Checks the key of a metric, a param or a tag.</summary>
    public static string Key(string key, string parameter)
    {
        if (key.Length > 250) throw MlflowRefusal.Invalid($"'{parameter}' exceeds the maximum length of 250 characters: it has {key.Length}.");
        return Names.IsKey(key)
            ? key
            : throw MlflowRefusal.Invalid(
                $"Invalid value \"{key}\" for parameter '{parameter}' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/), and must be their own path.");
    }

    /// <summary>Checks the length of a value.</summary>
    public static string Value(string value, string parameter, int most)
    {
        if (value.Length > most) throw MlflowRefusal.Invalid($"'{parameter}' exceeds the maximum length of {most} characters: it has {value.Length}.");
        return value.Contains('\0', StringComparison.Ordinal) ? throw MlflowRefusal.Invalid($"'{parameter}' holds the character U+0000.") : value;
    }

    /// <summary>Checks the number of entries of a batch.</summary>
    public static void Count(int count, string parameter, int most)
    {
        if (count > most) throw MlflowRefusal.Invalid($"A batch logging request can contain at most {most} {parameter}. Got {count} {parameter}. Please split up {parameter} across multiple requests and try again.");
    }
}
