"""Choose a point of the city on a map without script.

The map is an image button: the browser sends the form with the place of the click in pixels of the screen. The server cannot ask how large
the picture is drawn, so there is one button for each size, of which the style shows one.

    view        what the map shows: the city, a district, or the streets around a point
    names       which names are written on it, and where they have room
    drawing     the picture
    step        one step of the form: a click, or a button beside the map
"""
