"""Real cities with coordinates, so that distances between two uses of a card are realistic."""

from __future__ import annotations

from typing import NamedTuple


class City(NamedTuple):
    """A city, its coordinates, and its population in thousands, which determines how often it is drawn."""

    country: str
    state: str
    name: str
    latitude: float
    longitude: float
    people: int


# Customers live in the cities of the US and travel to all of them.
CITIES = (
    City("US", "New York", "New York", 40.7128, -74.0060, 8300),
    City("US", "California", "Los Angeles", 34.0522, -118.2437, 3800),
    City("US", "Illinois", "Chicago", 41.8781, -87.6298, 2700),
    City("US", "Texas", "Houston", 29.7604, -95.3698, 2300),
    City("US", "Arizona", "Phoenix", 33.4484, -112.0740, 1600),
    City("US", "Pennsylvania", "Philadelphia", 39.9526, -75.1652, 1550),
    City("US", "Texas", "San Antonio", 29.4241, -98.4936, 1470),
    City("US", "California", "San Diego", 32.7157, -117.1611, 1380),
    City("US", "Texas", "Dallas", 32.7767, -96.7970, 1300),
    City("US", "Texas", "Austin", 30.2672, -97.7431, 970),
    City("US", "Florida", "Jacksonville", 30.3322, -81.6557, 970),
    City("US", "California", "San Jose", 37.3382, -121.8863, 970),
    City("US", "Ohio", "Columbus", 39.9612, -82.9988, 905),
    City("US", "North Carolina", "Charlotte", 35.2271, -80.8431, 897),
    City("US", "Indiana", "Indianapolis", 39.7684, -86.1581, 880),
    City("US", "California", "San Francisco", 37.7749, -122.4194, 810),
    City("US", "Washington", "Seattle", 47.6062, -122.3321, 750),
    City("US", "Colorado", "Denver", 39.7392, -104.9903, 713),
    City("US", "Oklahoma", "Oklahoma City", 35.4676, -97.5164, 695),
    City("US", "Tennessee", "Nashville", 36.1627, -86.7816, 684),
    City("US", "Texas", "El Paso", 31.7619, -106.4850, 678),
    City("US", "District of Columbia", "Washington", 38.9072, -77.0369, 672),
    City("US", "Nevada", "Las Vegas", 36.1699, -115.1398, 656),
    City("US", "Massachusetts", "Boston", 42.3601, -71.0589, 651),
    City("US", "Oregon", "Portland", 45.5152, -122.6784, 635),
    City("US", "Kentucky", "Louisville", 38.2527, -85.7585, 625),
    City("US", "Tennessee", "Memphis", 35.1495, -90.0490, 621),
    City("US", "Michigan", "Detroit", 42.3314, -83.0458, 620),
    City("US", "Maryland", "Baltimore", 39.2904, -76.6122, 570),
    City("US", "Wisconsin", "Milwaukee", 43.0389, -87.9065, 563),
    City("US", "New Mexico", "Albuquerque", 35.0844, -106.6504, 561),
    City("US", "Arizona", "Tucson", 32.2226, -110.9747, 546),
    City("US", "California", "Fresno", 36.7378, -119.7871, 545),
    City("US", "California", "Sacramento", 38.5816, -121.4944, 528),
    City("US", "Missouri", "Kansas City", 39.0997, -94.5786, 509),
    City("US", "Georgia", "Atlanta", 33.7490, -84.3880, 499),
    City("US", "Nebraska", "Omaha", 41.2565, -95.9345, 485),
    City("US", "Colorado", "Colorado Springs", 38.8339, -104.8214, 486),
    City("US", "North Carolina", "Raleigh", 35.7796, -78.6382, 476),
    City("US", "Florida", "Miami", 25.7617, -80.1918, 449),
    City("US", "Minnesota", "Minneapolis", 44.9778, -93.2650, 425),
    City("US", "Florida", "Tampa", 27.9506, -82.4572, 398),
    City("US", "Louisiana", "New Orleans", 29.9511, -90.0715, 370),
    City("US", "Ohio", "Cleveland", 41.4993, -81.6944, 361),
    City("US", "Hawaii", "Honolulu", 21.3069, -157.8583, 343),
    City("US", "Alaska", "Anchorage", 61.2181, -149.9003, 286),
    City("US", "Utah", "Salt Lake City", 40.7608, -111.8910, 204),
    City("US", "Iowa", "Des Moines", 41.5868, -93.6250, 211),
    City("CA", "Ontario", "Toronto", 43.6532, -79.3832, 2800),
    City("MX", "Ciudad de México", "Mexico City", 19.4326, -99.1332, 9200),
    City("GB", "England", "London", 51.5074, -0.1278, 8900),
    City("FR", "Île-de-France", "Paris", 48.8566, 2.3522, 2100),
    City("DE", "Berlin", "Berlin", 52.5200, 13.4050, 3700),
    City("ES", "Cataluña", "Barcelona", 41.3874, 2.1686, 1600),
    City("IT", "Lazio", "Rome", 41.9028, 12.4964, 2800),
    City("JP", "Tokyo", "Tokyo", 35.6762, 139.6503, 13900),
    City("JP", "Osaka", "Osaka", 34.6937, 135.5023, 2700),
    City("TH", "Bangkok", "Bangkok", 13.7563, 100.5018, 8300),
    City("AU", "New South Wales", "Sydney", -33.8688, 151.2093, 5300),
    City("BR", "São Paulo", "São Paulo", -23.5505, -46.6333, 12300),
)
HOME_COUNTRY = "US"
HOME_CITIES = sum(city.country == HOME_COUNTRY for city in CITIES)  # the first ones in `CITIES`
